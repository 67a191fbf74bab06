"""The same entries in another shape or order."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops._shapes import known_newshape
from multikeras_numpy.table import table

table.alias(
    broadcast_to=np.broadcast_to,
    moveaxis=np.moveaxis,
    ravel=np.ravel,
    swapaxes=np.swapaxes,
    transpose=np.transpose,
)


@table.implements(ops.reshape)
def reshape(x: Any, newshape: Any) -> Any:
    try:
        result = x.reshape(newshape)
    except TypeError:
        return x.reshape(known_newshape(newshape))
    if result.shape != newshape and (newshape < -1 if type(newshape) is int else min(newshape, default=0) < -1):
        raise ValueError("NumPy takes any negative size for -1")
    return result


_EVERY = slice(None)


@table.implements(ops.expand_dims)
def expand_dims(x: Any, axis: Any) -> Any:
    count = x.ndim + 1
    if type(axis) is not int or not -count <= axis < count:
        return np.expand_dims(x, axis)
    return x[(_EVERY,) * (axis % count) + (None,)]


@table.implements(ops.squeeze)
def squeeze(x: Any, axis: Any = None) -> Any:
    if axis is not None and axis != () and x.ndim == 0:
        raise ValueError("a scalar has no axes")
    return x.squeeze(tuple(axis) if isinstance(axis, list) else axis)
