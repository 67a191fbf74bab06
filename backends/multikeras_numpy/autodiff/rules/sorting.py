"""Entries in order, and the largest of them."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.rules.indexing import put_along_axis


def _sort(g: Any, y: Any, x: Any, axis: int | None) -> Any:
    if x.ndim == 0:
        return g
    return put_along_axis(g, ops.argsort(x, axis), axis, x.shape)


gradient(ops.sort, needs="arguments", x=_sort)
gradient(
    ops.top_k,
    needs="output",
    x=lambda g, y, x, *rest: put_along_axis(g[0], y[1], -1, x.shape),
)
