"""Entries in other places: reshaped, repeated, turned, cut and joined."""

from typing import Any

import autograd.numpy as anp
import numpy as np

from multikeras import ops
from multikeras.ops._rules import canonical_axis
from multikeras.ops._shapes import known_newshape
from multikeras_template.picking import broadcast_to, moving, numbered, spread
from multikeras_template.table import table


def _tuple(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


table.alias(
    broadcast_to=broadcast_to,
    diagonal=moving(np.diagonal),
    expand_dims=anp.expand_dims,
    flip=moving(lambda x, axis: np.flip(x, _tuple(axis))),
    repeat=moving(np.repeat),
    roll=moving(np.roll),
    squeeze=lambda x, axis: anp.squeeze(x, _tuple(axis)),
    tile=moving(np.tile),
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


@table.implements(ops.diag)
def diag(x: Any, k: int) -> Any:
    if x.ndim == 2:
        return table.native["diagonal"](x, k)
    if x.ndim != 1:
        raise ValueError("a vector or a matrix")
    size = len(x) + abs(k)
    return spread(x, np.diagonal(numbered((size, size)), k), (size, size))
