"""Windows read and written, and entries written by index."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras.ops.scattering import ORDERED
from multikeras_tensorflow.constants import integers, sizes, sizes_of
from multikeras_tensorflow.gradients import at_hand, values_alone
from multikeras_tensorflow.host_memory import entries, tensor_of
from multikeras_tensorflow.ops.indexing import _EAGER, as_indices, inside, unchecked
from multikeras_tensorflow.ops.segment_products import segment_product
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, cast, identity, in_wide, kernel, to

_slice = kernel("Slice")
_window = kernel("TensorStridedSliceUpdate")
_scatter = kernel("ScatterNd")
_KERNELS = {
    None: kernel("TensorScatterUpdate"),
    "add": kernel("TensorScatterAdd"),
    "max": kernel("TensorScatterMax"),
    "min": kernel("TensorScatterMin"),
}


def _starts(start_indices: Any, count: int) -> list[Any]:
    """Where a window starts along each axis: integers, or scalar tensors whose value is not at hand."""
    entries = list(start_indices) if isinstance(start_indices, (list, tuple)) else [start_indices]
    starts: list[Any] = []
    for entry in entries:
        if isinstance(entry, tf.Variable):
            entry = tf.convert_to_tensor(entry)
        if type(entry) is _EAGER:
            starts += np.ravel(entry.numpy()).tolist()
        elif isinstance(entry, tf.Tensor):
            flat = tf.reshape(cast(entry, tf.int32), integers((-1,)))
            starts += tf.unstack(flat, count if len(entries) == 1 and entry.shape.rank else None)
        elif hasattr(entry, "__len__"):
            starts += [start.__index__() for start in entry]
        else:
            starts.append(entry.__index__())
    if len(starts) != count:
        raise IndexError("as many starts as axes")
    return starts


def _inside(starts: list[Any], window: Sequence[Any], whole: Sequence[Any]) -> list[Any]:
    """The starts, those that are not known moved to where the window lies inside.

    Raises:
        IndexError: A window whose start is known sticks out.
    """
    moved = []
    for start, size, count in zip(starts, window, whole, strict=True):
        if type(start) is int:
            known = type(size) is int and type(count) is int
            if start < 0 or (known and (size < -1 or start + max(size, 0) > count)):
                raise IndexError("a window that sticks out")
            moved.append(start)
        else:
            moved.append(tf.maximum(tf.minimum(start, count - size), 0))
    return moved


@table.implements(ops.slice)
def slice_(inputs: Any, start_indices: Any, shape: Any) -> Any:
    starts = _starts(start_indices, inputs.shape.rank)
    if len(shape) != len(starts):
        raise IndexError("as many sizes as axes")
    window = [size if isinstance(size, tf.Tensor) else size.__index__() for size in shape]
    if any(
        type(size) is int and size == -1 and type(start) is not int for start, size in zip(starts, window, strict=True)
    ):
        raise ValueError("the rest of an axis from a place that is not known")
    starts = _inside(starts, window, sizes(inputs))
    return _slice(inputs, sizes_of(starts), sizes_of(window))


@table.implements(ops.slice_update)
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    if updates.shape.rank != inputs.shape.rank:
        raise ValueError("as many axes")
    updates = to(updates, inputs.dtype)
    if inputs.dtype in FLOAT8:
        return in_wide(lambda a, b: slice_update(a, start_indices, b), (inputs, updates))
    if inputs.shape.rank == 0:
        return identity(updates)
    window = sizes(updates)
    starts = _inside(_starts(start_indices, inputs.shape.rank), window, sizes(inputs))
    if any(type(size) is int and size == 0 for size in window):
        return identity(inputs)
    if at_hand(inputs) and values_alone(inputs, updates) and all(type(start) is int for start in starts):
        # The kernel takes several times as long as to copy the whole.
        result = np.array(entries(inputs))
        result[tuple(slice(start, start + size) for start, size in zip(starts, window, strict=True))] = entries(updates)
        return tensor_of(result)
    ends = [start + size for start, size in zip(starts, window, strict=True)]
    return _window(inputs, sizes_of(starts), sizes_of(ends), integers((1,) * len(starts)), updates)


def _wanted(indices: Any, updates: Any, whole: Sequence[Any]) -> Any:
    """The updates broadcast to one entry, or block of entries, for each index."""
    depth = indices.shape[-1]
    if depth is None:
        # How many axes the blocks have is known when the graph runs.
        return tf.broadcast_to(
            updates, tf.concat([tf.shape(indices)[:-1], sizes_of(whole)[tf.shape(indices)[-1] :]], 0)
        )
    shape = [*sizes(indices)[:-1], *whole[depth:]]
    if all(type(n) is int for n in shape) and updates.shape.rank == len(shape) and updates.shape.as_list() == shape:
        return updates
    return tf.broadcast_to(updates, sizes_of(shape))


def _places(indices: Any, whole: Sequence[Any], free: bool) -> tuple[Any, Any]:
    """Indices counted from the front and, where nothing can be raised, which rows of them are in range."""
    if not free and at_hand(indices) and 0 not in indices.shape and entries(indices).min() >= 0:
        return indices, None
    depth = indices.shape[-1]
    limits = cast(sizes_of(whole), indices.dtype)[: tf.shape(indices)[-1] if depth is None else depth]
    if not free:
        return tf.where(indices < 0, indices + limits, indices), None
    safe, valid = inside(indices, limits)
    return safe, tf.reduce_all(valid, -1)


@table.implements(ops.scatter)
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    indices = as_indices(indices)
    if isinstance(shape, tf.Tensor):
        shape = tf.unstack(shape)
    whole = list(shape) if isinstance(shape, (list, tuple)) else [operator.index(shape)]
    if values.dtype is tf.bool or values.dtype in FLOAT8:
        return in_wide(lambda x: scatter(indices, x, whole), (values,))
    depth = indices.shape[-1]
    if depth is not None and depth > len(whole):
        raise ValueError("more indices than axes")
    updates = _wanted(indices, values, whole)
    places, valid = _places(indices, whole, unchecked(indices, values))
    if valid is not None:
        # Nothing is added where an index is out of range.
        updates = tf.where(_along(valid, updates), updates, tf.zeros((), updates.dtype))
    result = _scatter(places, updates, cast(sizes_of(whole), places.dtype))
    result.set_shape([n if type(n) is int else None for n in whole])
    return result


def _along(valid: Any, updates: Any) -> Any:
    """Which blocks of updates are valid, as a tensor that broadcasts to them."""
    if updates.shape.rank is None:
        behind = tf.ones([tf.rank(updates) - tf.rank(valid)], tf.int32)
        return tf.reshape(valid, tf.concat([tf.shape(valid), behind], 0))
    return tf.reshape(valid, sizes_of([*sizes(valid), *(1,) * (updates.shape.rank - valid.shape.rank)]))


@table.implements(ops.scatter_update)
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    if reduction not in (None, "add", "max", "min", "mul"):
        raise ValueError("no such reduction")
    if reduction in ORDERED and inputs.dtype.is_complex:
        raise TypeError("complex numbers have no order")
    indices = as_indices(indices)
    updates = to(updates, inputs.dtype)
    if inputs.dtype in FLOAT8 or (inputs.dtype is tf.bool and reduction is not None):
        return in_wide(lambda a, b: scatter_update(a, indices, b, reduction), (inputs, updates))
    depth = indices.shape[-1]
    if depth is not None and depth > inputs.shape.rank:
        raise ValueError("more indices than axes")
    whole = sizes(inputs)
    updates = _wanted(indices, updates, whole)
    places, valid = _places(indices, whole, unchecked(inputs, indices, updates))
    if depth == 0:
        # Every block of updates is for the whole.
        places = tf.zeros(sizes_of([*sizes(places)[:-1], 1]), tf.int32)
        return tf.squeeze(_write(tf.expand_dims(inputs, 0), places, updates, reduction, None), 0)
    if inputs.shape.num_elements() == 0:
        # There is nothing to write, which the kernels do not take for an answer.
        return tf.identity(inputs)
    result = _write(inputs, places, updates, reduction, valid)
    result.set_shape(inputs.shape)
    return result


def _write(x: Any, places: Any, updates: Any, reduction: str | None, valid: Any) -> Any:
    """`x` with updates at places from 0 on; those that are not valid are left out."""
    if reduction == "mul":
        return _multiplied(x, places, updates, valid)
    if valid is not None and reduction == "add":
        updates, valid = tf.where(_along(valid, updates), updates, tf.zeros((), x.dtype)), None
    if valid is None:
        return _KERNELS[reduction](x, places, updates)
    # One more row takes what goes nowhere.
    rows = tf.concat([x, tf.zeros(sizes_of([1, *sizes(x)[1:]]), x.dtype)], 0)
    beyond = tf.one_hot(0, tf.shape(places)[-1], cast(tf.shape(x)[0], places.dtype), dtype=places.dtype)
    return _KERNELS[reduction](rows, tf.where(valid[..., None], places, beyond), updates)[:-1]


def _multiplied(x: Any, places: Any, updates: Any, valid: Any) -> Any:
    """`x` with entries multiplied, for which there is no kernel: by the products of the updates that go to each."""
    shape = cast(tf.shape(x), places.dtype)
    depth = tf.shape(places)[-1]
    leading = shape[:depth]
    # How many rows one step along each axis skips.
    strides = tf.math.cumprod(leading, exclusive=True, reverse=True)
    row = tf.reduce_sum(places * strides, -1)
    if valid is not None:
        row = tf.where(valid, row, tf.constant(-1, row.dtype))
    return x * tf.reshape(segment_product(updates, row, tf.reduce_prod(leading)), tf.shape(x))
