"""Tensors joined into one, and one taken apart."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient


def _concatenate(g: Any, y: Any, xs: Any, axis: int | None, place: int) -> Any:
    shape = xs[place].shape
    if axis is None:
        start = sum(math.prod(x.shape) for x in xs[:place])
        return ops.reshape(g[start : start + math.prod(shape)], shape)
    axis %= len(shape)
    start = sum(x.shape[axis] for x in xs[:place])
    return g[(slice(None),) * axis + (slice(start, start + shape[axis]),)]


def _stack(g: Any, y: Any, x: Any, axis: int, place: int) -> Any:
    return g[(slice(None),) * (axis % g.ndim) + (place,)]


gradient(ops.concatenate, needs="nothing", xs=_concatenate)
gradient(ops.stack, needs="nothing", x=_stack)


def _filled(pieces: list[Any], outputs: list[Any]) -> list[Any]:
    """The cotangents of several outputs, zeros for those that have none."""
    return [ops.zeros_like(y) if g is None else g for g, y in zip(pieces, outputs, strict=True)]


gradient(ops.unstack, needs="output", x=lambda g, y, x, num, axis: ops.stack(_filled(g, y), axis))
gradient(
    ops.split,
    needs="output",
    x=lambda g, y, x, indices_or_sections, axis: ops.concatenate(_filled(g, y), axis),
)
