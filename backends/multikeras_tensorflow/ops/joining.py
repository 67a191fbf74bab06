"""Tensors joined into one, and one taken apart."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops._rules import canonical_axis
from multikeras.ops.joining import split_points
from multikeras_tensorflow.constants import integers
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import identity, kernel

_concat = kernel("ConcatV2")
_pack = kernel("Pack")
_unpack = kernel("Unpack")
_split = kernel("SplitV")
_reshape = kernel("Reshape")


@table.implements(ops.concatenate)
def concatenate(xs: Any, axis: int | None) -> Any:
    if axis is None:
        flat = integers((-1,))
        xs, axis = [_reshape(x, flat) for x in xs], 0
    if len(xs) == 1:
        # The kernel wants two.
        canonical_axis(axis, xs[0].shape.rank)
        return identity(xs[0])
    ndim = xs[0].shape.rank
    for x in xs:
        if x.shape.rank != ndim or ndim == 0:
            raise ValueError("tensors of several numbers of axes")
    return _concat(xs, integers(axis))


@table.implements(ops.stack)
def stack(x: Any, axis: int = 0) -> Any:
    return _pack(x, axis.__index__())


@table.implements(ops.unstack)
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    size = x.shape[canonical_axis(axis, x.shape.rank)]
    if size is None:
        size = num
    elif num is not None and num != size:
        raise ValueError(f"{size} entries, not {num}")
    return list(_unpack(x, size, axis))


@table.implements(ops.split)
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    axis = canonical_axis(axis, x.shape.rank)
    size = x.shape[axis]
    if size is None:
        return _split_unknown(x, indices_or_sections, axis)
    cuts = split_points(size, indices_or_sections, even=True)
    ends = [*cuts, size]
    lengths = [b - a for a, b in zip([0, *cuts], ends, strict=True)]
    if min(lengths) < 0:
        # Cuts that go back: a part in between is empty.
        return [_part(x, axis, a, max(b, a)) for a, b in zip([0, *cuts], ends, strict=True)]
    return list(_split(x, integers(tuple(lengths)), integers(axis), len(lengths)))


def _part(x: Any, axis: int, start: Any, end: Any) -> Any:
    return x[(slice(None),) * axis + (slice(start, end),)]


def _split_unknown(x: Any, indices_or_sections: Any, axis: int) -> list[Any]:
    """The parts of an axis of unknown size."""
    if hasattr(indices_or_sections, "__index__") and getattr(indices_or_sections, "ndim", 0) == 0:
        return list(tf.split(x, indices_or_sections.__index__(), axis))
    return _at_places(x, [int(cut) for cut in indices_or_sections], axis)


def _at_places(x: Any, cuts: list[Any], axis: int) -> list[Any]:
    """The parts of an axis of unknown size between cuts, which may be tensors."""
    size = tf.shape(x)[axis]
    places = [
        tf.minimum(cut, size) if isinstance(cut, tf.Tensor) or cut >= 0 else tf.maximum(cut + size, 0) for cut in cuts
    ]
    given = [0, *cuts]
    parts = []
    for number, (start, end) in enumerate(zip([0, *places], [*places, size], strict=True)):
        bounds = given[number : number + 2]
        if len(bounds) == 2 and all(type(cut) is int and cut >= 0 for cut in bounds) and bounds[1] <= bounds[0]:
            part = _part(x, axis, 0, 0)
            part.set_shape([0 if i == axis else n for i, n in enumerate(x.shape)])
        else:
            part = _part(x, axis, start, tf.maximum(start, end))
        parts.append(part)
    return parts


@table.implements(ops.array_split)
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    position = canonical_axis(axis, x.shape.rank)
    size = x.shape[position]
    if size is not None:
        return split(x, split_points(size, indices_or_sections, even=False), position)
    if not hasattr(indices_or_sections, "__index__"):
        return split(x, indices_or_sections, position)
    sections = indices_or_sections.__index__()
    if sections < 1:
        raise ValueError("no parts")
    size = tf.shape(x)[position]
    each, longer = size // sections, size % sections
    return _at_places(x, [i * each + tf.minimum(i, longer) for i in range(1, sections)], position)
