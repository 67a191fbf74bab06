"""Entries in order, and the largest of them.

TensorFlow sorts by its kernel for the largest entries, which puts nan anywhere and tells 0 from -0 nowhere. So floats
are sorted as the integers that have their order, by a key.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops._rules import canonical_axis
from multikeras_tensorflow.constants import integers, sizes
from multikeras_tensorflow.gradients import at_hand, values_alone
from multikeras_tensorflow.host_memory import surely_finite
from multikeras_tensorflow.ops.indexing import as_indices, inside_from_0
from multikeras_tensorflow.ops.mapping import mapped
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, FLOATS, HALVES, cast, identity, kernel

table.takes_tensors_only("searchsorted")

_top = kernel("TopKV2")
_in_top = kernel("InTopKV2")
_lower = kernel("LowerBound")
_upper = kernel("UpperBound")
_invert = kernel("Invert")


def _key(x: Any) -> Any:
    """Integers in the order of `x`: nan behind all numbers, equal zeros."""
    if x.dtype is tf.bool:
        return cast(x, tf.uint8)
    if x.dtype in HALVES or x.dtype in FLOAT8:
        x = cast(x, tf.float32)
    if x.dtype not in FLOATS:
        return x
    integer = tf.int64 if x.dtype is tf.float64 else tf.int32
    bits = tf.bitcast(tf.where(tf.equal(x, 0), tf.zeros((), x.dtype), x), integer)
    # The bits of negative floats count backwards.
    ordered = tf.where(bits < 0, bits ^ integer.max, bits)
    return tf.where(tf.math.is_nan(x), tf.constant(integer.max, integer), ordered)


def _order(x: Any) -> Any:
    """Where the entries of the last axis are in rising order, equal ones as they come, int32."""
    size = sizes(x)[-1]
    # Bits turned over count backwards, without overflow.
    return _top(_invert(_key(x)), size).indices


def _last(x: Any, axis: int | None) -> tuple[Any, tuple[int, ...] | None]:
    """`x` with the axis to sort along in last place, and how to turn it back."""
    if axis is None:
        return tf.reshape(x, integers((-1,))), None
    rank = x.shape.rank
    axis = canonical_axis(axis, rank)
    if axis == rank - 1:
        return x, None
    order = list(range(rank))
    order[axis], order[-1] = rank - 1, axis
    return tf.transpose(x, order), tuple(order)


@table.implements(ops.sort)
def sort(x: Any, axis: int | None = -1) -> Any:
    if x.shape.rank == 0 and axis in (0, -1):
        return identity(x)
    moved, back = _last(x, axis)
    result = tf.gather(moved, _order(moved), axis=-1, batch_dims=moved.shape.rank - 1)
    return result if back is None else tf.transpose(result, back)


@table.implements(ops.argsort)
def argsort(x: Any, axis: int | None = -1) -> Any:
    if x.shape.rank == 0 and axis in (0, -1):
        return tf.zeros((), tf.int32)
    moved, back = _last(x, axis)
    places = _order(moved)
    return places if back is None else tf.transpose(places, back)


@table.implements(ops.top_k)
def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    if isinstance(k, bool) or x.shape.rank == 0:
        raise ValueError("no such number")
    if x.dtype is tf.bool or x.dtype in FLOAT8:
        entries, places = _top(cast(x, tf.int32 if x.dtype is tf.bool else tf.float32), k, sorted)
        return cast(entries, x.dtype), places
    return tuple(_top(x, k, sorted))


@table.implements(ops.in_top_k)
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    if predictions.dtype is tf.bool or predictions.dtype in FLOAT8:
        predictions = cast(predictions, tf.float32)
    rank, k = targets.shape.rank, k.__index__()
    if predictions.shape.rank != rank + 1 or not predictions.shape[:-1].is_compatible_with(targets.shape):
        raise ValueError("one axis more")
    targets = as_indices(targets)
    fast = rank == 1 and predictions.dtype is tf.float32 and at_hand(predictions) and values_alone(predictions, targets)
    # The kernel takes no infinity, nor nan. A target out of range is in no top, as it should.
    if fast and 0 not in predictions.shape and surely_finite(predictions):
        return _in_top(predictions, targets, tf.constant(k, targets.dtype))
    safe, known = inside_from_0(targets, sizes(predictions)[-1])
    if predictions.shape[-1] == 0:
        return tf.zeros_like(known)
    own = tf.gather(predictions, tf.expand_dims(safe, -1), axis=-1, batch_dims=rank)
    above = tf.reduce_sum(cast(predictions > own, tf.int32), -1)
    if predictions.dtype in FLOATS:
        known = tf.logical_and(known, tf.logical_not(tf.math.is_nan(tf.squeeze(own, -1))))
    return tf.logical_and(above < k, known)


@table.implements(ops.searchsorted)
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    if sorted_sequence.shape.rank != 1 or side not in ("left", "right"):
        raise ValueError("one axis, one of two sides")
    if sorted_sequence.dtype is tf.bool or sorted_sequence.dtype in FLOAT8:
        wide = tf.uint8 if sorted_sequence.dtype is tf.bool else tf.float32
        return searchsorted(cast(sorted_sequence, wide), cast(values, wide), side)
    if values.shape.num_elements() == 0:
        return tf.zeros(values.shape, tf.int32)
    search = _lower if side == "left" else _upper
    flat = tf.reshape(values, integers((1, -1)))
    if mapped() and sorted_sequence.shape[0] and flat.shape[1]:
        # Of tensors one of which is the same for all rows TensorFlow makes a call that fails.
        ours, theirs = sorted_sequence[:1], flat[0, :1]
        sorted_sequence = tf.where(tf.zeros_like(theirs, tf.bool), theirs, sorted_sequence)
        flat = tf.where(tf.zeros_like(ours, tf.bool), ours, flat)
    found = search(tf.expand_dims(sorted_sequence, 0), flat, tf.int32)
    result = tf.reshape(found, sizes(values))
    result.set_shape(values.shape)
    return result
