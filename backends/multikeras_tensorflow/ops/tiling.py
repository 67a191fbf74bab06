"""Entries repeated, and borders added."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras.ops._rules import canonical_axis, require_number
from multikeras.ops._values import filling
from multikeras.ops.tiling import ORDERED_PADS, PAD_MODES, pad_widths
from multikeras_tensorflow.constants import integers, sizes, sizes_of
from multikeras_tensorflow.ops.mapping import mapped
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, INTEGERS, cast, identity, in_wide, kernel, to

_tile = kernel("Tile")
_pad = kernel("PadV2")
_gather = kernel("GatherV2")
_concat = kernel("ConcatV2")
_TILED_WIDE = FLOAT8 | {tf.uint16}


@table.implements(ops.tile)
def tile(x: Any, repeats: Any) -> Any:
    if x.dtype in _TILED_WIDE:
        return in_wide(lambda y: tile(y, repeats), (x,))
    if isinstance(repeats, tf.Tensor):
        repeats = tf.unstack(tf.reshape(repeats, integers((-1,))))
    counts = list(repeats) if isinstance(repeats, (list, tuple)) else [repeats.__index__()]
    rank = x.shape.rank
    if len(counts) > rank:
        x = tf.reshape(x, sizes_of([*(1,) * (len(counts) - rank), *sizes(x)]))
    return _tile(x, sizes_of([*(1,) * (rank - len(counts)), *counts]))


@table.implements(ops.repeat)
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    if axis is None:
        x, axis = tf.reshape(x, integers((-1,))), 0
    axis = canonical_axis(axis, x.shape.rank)
    if isinstance(repeats, (tf.Tensor, tf.Variable)):
        if x.dtype in _TILED_WIDE:
            return in_wide(lambda y: tf.repeat(y, repeats, axis), (x,))
        return tf.repeat(x, repeats, axis)
    counts = np.asarray(repeats).ravel()
    if counts.dtype.kind not in "iu" or (counts.size and counts.min() < 0):
        raise ValueError("a negative number")
    if len(counts) == 1:
        return _each(x, int(counts[0]), axis)
    if x.shape[axis] not in (None, len(counts)):
        raise ValueError("one number for each")
    return _gather(x, tf.constant(np.repeat(np.arange(len(counts), dtype=np.int32), counts)), integers(axis))


def _each(x: Any, count: int, axis: int) -> Any:
    """Every entry of an axis as often."""
    known = sizes(x)
    apart = tf.expand_dims(x, axis + 1)
    copies = tf.broadcast_to(apart, sizes_of([*known[: axis + 1], count, *known[axis + 1 :]]))
    result = tf.reshape(copies, sizes_of([*known[:axis], known[axis] * count, *known[axis + 1 :]]))
    static = x.shape.as_list()
    static[axis] = None if static[axis] is None else static[axis] * count
    result.set_shape(static)
    return result


# The kernel takes no more.
_MOST_AXES = 6


@table.implements(ops.pad)
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    if mode not in PAD_MODES or (constant_values is not None and mode != "constant"):
        raise ValueError("no such padding")
    if mode in ORDERED_PADS and x.dtype.is_complex:
        raise TypeError("complex numbers have no order")
    if type(constant_values) in (int, float):
        constant_values = filling(constant_values, x.dtype.as_numpy_dtype)
    elif constant_values is not None:
        require_number("constant_values", constant_values)
    widths = pad_widths(pad_width, x.shape.rank)
    if x.dtype in FLOAT8:
        return in_wide(lambda y: pad(y, widths, mode, constant_values), (x,))
    if mode in ("constant", "empty"):
        if not widths:
            return identity(x)
        if len(widths) > _MOST_AXES:
            return _pad_in_two(x, widths, mode, constant_values)
        value = 0 if constant_values is None else constant_values
        if not isinstance(value, (tf.Tensor, tf.Variable)):
            value = np.asarray(value).astype(x.dtype.as_numpy_dtype)
        value = to(tf.convert_to_tensor(value), x.dtype)
        padded = _pad(x, integers(widths), value)
        if constant_values is not None and mapped():
            # Of many entries at once TensorFlow pads with zeros, whatever the value.
            inside = _pad(tf.ones_like(x, tf.int32), integers(widths), tf.constant(0))
            padded = tf.where(inside > 0, padded, value)
        return padded
    for axis, (before, behind) in enumerate(widths):
        if before or behind:
            x = _padded(x, axis, before, behind, mode)
    return x


def _pad_in_two(x: Any, widths: Any, mode: str, value: Any) -> Any:
    """First the leading axes, the others as one, then the other way round."""
    count = _MOST_AXES - 1
    sizes = tf.shape(x)
    rest = sizes[count:]
    x = tf.reshape(x, tf.concat([sizes[:count], [tf.reduce_prod(rest)]], 0))
    x = pad(x, (*widths[:count], (0, 0)), mode, value)
    leading = tf.shape(x)[:count]
    x = tf.reshape(x, tf.concat([[tf.reduce_prod(leading)], rest], 0))
    x = pad(x, ((0, 0), *widths[count:]), mode, value)
    return tf.reshape(x, tf.concat([leading, tf.shape(x)[1:]], 0))


def _source(places: Any, size: Any, mode: str) -> Any:
    """Which entry of an axis of `size` entries a place before, on or behind it shows."""
    if mode == "edge":
        return np.clip(places, 0, size - 1) if isinstance(size, int) else tf.clip_by_value(places, 0, size - 1)
    if mode in ("wrap", "circular"):
        return places % size
    # There and back again, the ends once or twice.
    period = 2 * size - 2 if mode == "reflect" else 2 * size
    last = period if mode == "reflect" else period - 1
    if isinstance(size, int):
        around = places % max(period, 1)
        return np.where(around < size, around, last - around)
    around = places % tf.maximum(period, 1)
    return tf.where(around < size, around, last - around)


def _padded(x: Any, axis: int, before: int, behind: int, mode: str) -> Any:
    """`x` padded along one axis with what its entries there give."""
    size = x.shape[axis]
    if size == 0:
        raise ValueError("nothing to pad with")
    if size is None:
        size = tf.shape(x)[axis]
    if mode in ("edge", "reflect", "symmetric", "wrap", "circular"):
        counting: Any = np.arange if isinstance(size, int) else tf.range
        # What is between the two is copied as a whole, in a third of the time.
        around = [
            _gather(x, tf.cast(_source(counting(first, first + count), size, mode), tf.int32), integers(axis))
            for first, count in ((-before, before), (size, behind))
        ]
        return _concat([around[0], x, around[1]], integers(axis))
    if mode == "linear_ramp":
        up = _ramp(_entry(x, axis, 0), np.arange(before), before, axis)
        down = _ramp(_entry(x, axis, size - 1), np.arange(behind)[::-1], behind, axis)
        return _concat([up, x, down], integers(axis))
    kept = _kept(x, axis, size, mode)
    return _concat([_each(kept, before, axis), x, _each(kept, behind, axis)], integers(axis))


def _entry(x: Any, axis: int, place: Any) -> Any:
    return tf.expand_dims(_gather(x, place, integers(axis)), axis)


def _kept(x: Any, axis: int, size: Any, mode: str) -> Any:
    """The one entry that an axis is padded with."""
    dtype = x.dtype
    if mode in ("maximum", "minimum"):
        return table.native["amax" if mode == "maximum" else "amin"](x, axis, True)
    if mode == "median":
        ordered = table.native["sort"](x, axis)
        middle = [_entry(ordered, axis, (size - 1) // 2), _entry(ordered, axis, size // 2)]
        x = _concat(middle, integers(axis))
    exact = dtype.is_floating or dtype.is_complex
    mean = table.native["mean"](x if exact else cast(x, tf.float64), axis, True)
    return mean if exact else to(tf.round(mean) if dtype in INTEGERS else mean, dtype)


def _ramp(edge: Any, places: Any, steps: int, axis: int) -> Any:
    """From 0 to the entry at the edge, in even steps."""
    shape = [1] * edge.shape.rank
    shape[axis] = len(places)
    places, dtype = places.reshape(shape), edge.dtype
    if dtype in INTEGERS:
        whole = dtype if dtype.size == 8 else tf.int64
        product = cast(edge, whole) * tf.constant(places, whole)
        return cast(product // tf.constant(max(steps, 1), whole), dtype)
    computed = tf.float32 if dtype is tf.bool else dtype
    factors = (places / max(steps, 1)).astype(computed.as_numpy_dtype)
    return to(to(edge, computed) * tf.constant(factors), dtype)
