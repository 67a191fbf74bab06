"""The same entries in another shape or order."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops._rules import canonical_axes, canonical_axis
from multikeras.ops._shapes import known_newshape
from multikeras.ops.shaping import moved_axes
from multikeras_tensorflow.constants import integers, sizes_of
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, cast, identity, in_wide, kernel

_reshape = kernel("Reshape")
_transpose = kernel("Transpose")
_expand = kernel("ExpandDims")
_squeeze = kernel("Squeeze")
_broadcast = kernel("BroadcastTo")
_reverse = kernel("ReverseV2")
_roll = kernel("Roll")


@table.implements(ops.reshape)
def reshape(x: Any, newshape: Any) -> Any:
    if type(newshape) is int:
        return _reshape(x, integers((newshape,)))
    if type(newshape) in (tuple, list) and any(size is None for size in newshape):
        newshape = known_newshape(newshape)
    if type(newshape) in (tuple, list):
        known = [size for size in newshape if type(size) is int]
        if 0 in known and -1 in known:
            raise ValueError("a size that could be any")
    return _reshape(x, sizes_of(newshape))


@table.implements(ops.ravel)
def ravel(x: Any) -> Any:
    return _reshape(x, integers((-1,)))


@table.implements(ops.transpose)
def transpose(x: Any, axes: Any = None) -> Any:
    if axes is None:
        return _transpose(x, integers(tuple(range(x.shape.rank - 1, -1, -1))))
    return _transpose(x, integers(canonical_axes(tuple(axes), x.shape.rank)))


@table.implements(ops.swapaxes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    order = list(range(x.shape.rank))
    i, j = canonical_axis(axis1, len(order)), canonical_axis(axis2, len(order))
    order[i], order[j] = j, i
    return _transpose(x, integers(tuple(order)))


@table.implements(ops.moveaxis)
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    return _transpose(x, integers(moved_axes(x.shape.rank, source, destination)))


@table.implements(ops.expand_dims)
def expand_dims(x: Any, axis: Any) -> Any:
    if type(axis) is int:
        return _expand(x, integers(axis))
    if not isinstance(axis, (list, tuple)):
        return _expand(x, integers(axis.__index__()))
    for each in sorted(canonical_axes(axis, x.shape.rank + len(axis))):
        x = _expand(x, integers(each))
    return x


@table.implements(ops.squeeze)
def squeeze(x: Any, axis: Any = None) -> Any:
    if axis is not None:
        axes = list(canonical_axes(axis, x.shape.rank))
    elif x.shape.is_fully_defined():
        axes = []
    else:
        # Which axes go has to be known now: those known to have size 1.
        axes = [i for i, size in enumerate(x.shape) if size == 1]
    if not axes and (axis is not None or 1 not in x.shape):
        # To TensorFlow no axes mean all that have size 1.
        return identity(x)
    return _squeeze(x, axes)


@table.implements(ops.broadcast_to)
def broadcast_to(x: Any, shape: Any) -> Any:
    return _broadcast(x, sizes_of(shape))


@table.implements(ops.flip)
def flip(x: Any, axis: Any = None) -> Any:
    axes = integers(canonical_axes(axis, x.shape.rank))
    return in_wide(lambda y: _reverse(y, axes), (x,)) if x.dtype in FLOAT8 else _reverse(x, axes)


@table.implements(ops.roll)
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    if x.dtype in FLOAT8:
        return in_wide(lambda y: roll(y, shift, axis), (x,))
    shifts = tuple(shift) if isinstance(shift, (list, tuple)) else (shift,)
    if axis is None:
        flat = _reshape(x, integers((-1,)))
        if flat.shape[0] == 0:
            return identity(x)
        return _reshape(_roll(flat, _total(shifts), integers(0)), tf.shape(x))
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    axes = tuple(canonical_axis(a, x.shape.rank) for a in axes)
    if not axes:
        return identity(x)
    count = max(len(shifts), len(axes))
    if len(shifts) != count:
        shifts *= count // len(shifts)
    if len(axes) != count:
        axes *= count // len(axes)
    return _roll(x, sizes_of(shifts), integers(axes))


def _total(shifts: tuple[Any, ...]) -> Any:
    if not shifts:
        return integers(0)
    if any(isinstance(shift, float) for shift in shifts):
        raise TypeError("shifts are integers")
    total = shifts[0]
    for shift in shifts[1:]:
        total = total + shift
    return cast(total, tf.int32)
