"""Singular values: `dx = conj(u diag(g) vh)`."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient


def _singular_values(g: Any, y: Any, x: Any) -> Any:
    # An op, so that this can be differentiated again.
    u, _, vh = ops.svd(x, False, True)
    return ops.conj(ops.matmul(ops.multiply(u, ops.expand_dims(g, -2)), vh))


gradient(ops.singular_values, x=_singular_values)
