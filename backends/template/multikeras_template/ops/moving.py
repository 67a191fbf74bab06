"""Entries in other places: reshaped, repeated, turned, cut and joined."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp
import numpy as np

from multikeras import ops
from multikeras.ops._rules import canonical_axis
from multikeras.ops._shapes import known_newshape
from multikeras.ops.joining import split_points
from multikeras_template.ops.reduction import sum
from multikeras_template.picking import broadcast_to, moving, numbered, select, spread
from multikeras_template.table import table

table.alias(
    broadcast_to=broadcast_to,
    diagonal=moving(np.diagonal),
    expand_dims=anp.expand_dims,
    moveaxis=anp.moveaxis,
    repeat=moving(np.repeat),
    roll=moving(np.roll),
    stack=anp.stack,
    swapaxes=anp.swapaxes,
    tile=moving(np.tile),
)


def _tuple(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


table.alias(
    flip=moving(lambda x, axis: np.flip(x, _tuple(axis))),
    squeeze=lambda x, axis: anp.squeeze(x, _tuple(axis)),
)


@table.implements(ops.concatenate)
def concatenate(xs: Any, axis: int | None) -> Any:
    return anp.concatenate(xs, axis) if axis is not None else anp.concatenate([anp.ravel(x) for x in xs])


@table.implements(ops.reshape)
def reshape(x: Any, newshape: Any) -> Any:
    return anp.reshape(x, known_newshape(newshape) if isinstance(newshape, tuple) and None in newshape else newshape)


@table.implements(ops.transpose)
def transpose(x: Any, axes: Any) -> Any:
    # Autograd's gradient takes no negative axes.
    return anp.transpose(x, None if axes is None else [canonical_axis(axis, x.ndim) for axis in axes])


def _parts(x: Any, bounds: list[Any], axis: int) -> list[Any]:
    before = (slice(None),) * (axis % x.ndim)
    return [x[(*before, bound)] for bound in bounds]


@table.implements(ops.unstack)
def unstack(x: Any, num: int | None, axis: int) -> list[Any]:
    if num is not None and num != x.shape[axis]:
        raise ValueError("another number of entries")
    return _parts(x, list(range(x.shape[axis])), axis)


@table.implements(ops.split)
def split(x: Any, indices_or_sections: Any, axis: int) -> list[Any]:
    size = x.shape[axis]
    cuts = split_points(size, indices_or_sections, even=True)
    return _parts(x, [slice(a, b) for a, b in zip([0, *cuts], [*cuts, size], strict=True)], axis)


@table.implements(ops.trace)
def trace(x: Any, offset: int, axis1: int, axis2: int) -> Any:
    return sum(table.native["diagonal"](x, offset, axis1, axis2), -1)


@table.implements(ops.diag)
def diag(x: Any, k: int) -> Any:
    if x.ndim == 2:
        return table.native["diagonal"](x, k)
    if x.ndim != 1:
        raise ValueError("a vector or a matrix")
    size = len(x) + abs(k)
    return spread(x, np.diagonal(numbered((size, size)), k), (size, size))


def _triangle(lower: bool) -> Any:
    def triangle(x: Any, k: int) -> Any:
        if x.ndim < 2:
            raise ValueError("a matrix")
        below = np.tri(*x.shape[-2:], k if lower else k - 1, dtype=bool)
        return select(below == lower, x, np.zeros((), x.dtype))

    return triangle


table.alias(tril=_triangle(True), triu=_triangle(False))
