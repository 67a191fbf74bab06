"""Tensors joined into one, and one taken apart."""

from __future__ import annotations

import itertools
import math
from typing import Any

from multikeras import ops
from multikeras.ops.joining import split_points
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.rules.indexing import put


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


def _split(g: list[Any], y: list[Any], x: Any, indices_or_sections: Any, axis: int) -> Any:
    size = x.shape[axis]
    cuts = [0, *split_points(size, indices_or_sections, even=True), size]
    if all(a <= b for a, b in itertools.pairwise(cuts)) and cuts[-2] <= size:
        return ops.concatenate(_filled(g, y), axis)
    total = None
    for piece, (start, end) in zip(g, itertools.pairwise(cuts), strict=True):
        # Pieces may overlap, and may begin behind the end.
        if piece is not None:
            key = (slice(None),) * (axis % len(x.shape)) + (slice(start, end),)
            cotangent = put(piece, key, x.shape)
            total = cotangent if total is None else total + cotangent
    return total


gradient(ops.split, needs="output", x=_split)
