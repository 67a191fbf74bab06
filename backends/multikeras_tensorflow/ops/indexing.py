"""Entries picked by index.

TensorFlow's kernels on CPUs raise for an index that is out of range, and for negative ones. Those on accelerators and
in graphs can't, or should not: there the index picks nan or 0.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras.ops._indices import as_key, selected_shape
from multikeras.ops._rules import canonical_axis
from multikeras_tensorflow.constants import integers, sizes
from multikeras_tensorflow.devices import accelerated
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, INTEGERS, cast, kernel

_gather = kernel("GatherV2")
_reshape = kernel("Reshape")
_choose = kernel("SelectV2")
_stride = kernel("StridedSlice")
_EAGER = tf.__internal__.EagerTensor  # type: ignore[attr-defined]
_INDICES = frozenset({tf.int32, tf.int64})


def unchecked(*tensors: Any) -> bool:
    """Whether nothing can be raised for the values of indices."""
    return accelerated() or any(type(x) is not _EAGER and isinstance(x, tf.Tensor) for x in tensors)


def as_indices(indices: Any) -> Any:
    """Indices in a dtype that TensorFlow takes for them.

    Raises:
        TypeError: They are no integers.
    """
    if indices.dtype in _INDICES:
        return indices
    if indices.dtype not in INTEGERS:
        raise TypeError("no indices")
    return cast(indices, tf.int64)


def inside(indices: Any, size: Any) -> tuple[Any, Any]:
    """Indices counted from the front, 0 for those out of range, and which of them are in range."""
    size = cast(size, indices.dtype)
    counted = tf.where(indices < 0, indices + size, indices)
    valid = tf.logical_and(counted >= 0, counted < size)
    return tf.where(valid, counted, tf.zeros((), indices.dtype)), valid


def inside_from_0(indices: Any, size: Any) -> tuple[Any, Any]:
    """Indices from 0 on, 0 for those out of range, and which of them are in range."""
    valid = tf.logical_and(indices >= 0, indices < cast(size, indices.dtype))
    return tf.where(valid, indices, tf.zeros((), indices.dtype)), valid


def emptied(x: Any, valid: Any) -> Any:
    """`x` with nan or 0 where an index was out of range."""
    if x.dtype in FLOAT8:
        return cast(emptied(cast(x, tf.float32), valid), x.dtype)
    exact = x.dtype.is_floating or x.dtype.is_complex
    nothing = tf.constant(math.nan, x.dtype) if exact else tf.zeros((), x.dtype)
    return _choose(valid, x, nothing)


def _counted(indices: Any, size: Any) -> Any:
    """Negative indices counted from the front."""
    return tf.where(indices < 0, indices + cast(size, indices.dtype), indices)


@table.implements(ops.take)
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    indices = as_indices(indices)
    if axis is None:
        x, axis = _reshape(x, integers((-1,))), 0
    axis = canonical_axis(axis, x.shape.rank)
    if unchecked(x, indices):
        return _taken(x, indices, axis)
    try:
        return _gather(x, indices, integers(axis))
    except tf.errors.InvalidArgumentError:
        return _gather(x, _counted(indices, x.shape[axis]), integers(axis))


def _taken(x: Any, indices: Any, axis: int) -> Any:
    """`take` where nothing can be raised."""
    size = sizes(x)[axis]
    safe, valid = inside(indices, size)
    valid = tf.reshape(valid, [*sizes(valid), *(1,) * (x.shape.rank - axis - 1)])
    if x.shape[axis] == 0:
        # There is nothing to gather from.
        known = sizes(x)
        return emptied(tf.zeros([*known[:axis], *sizes(indices), *known[axis + 1 :]], x.dtype), tf.zeros((), tf.bool))
    return emptied(_gather(x, safe, integers(axis)), valid)


@table.implements(ops.take_along_axis)
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    indices = as_indices(indices)
    if axis is None:
        x, axis = _reshape(x, integers((-1,))), 0
    rank = x.shape.rank
    if indices.shape.rank != rank:
        raise ValueError("as many axes")
    axis = canonical_axis(axis, rank)
    free = unchecked(x, indices)
    size = x.shape[axis]
    if size is None:
        size = tf.shape(x)[axis]
    others = [(n, m) for i, (n, m) in enumerate(zip(x.shape, indices.shape, strict=True)) if i != axis]
    if any((n is None and m != 1) or (m is None and n != 1) for n, m in others):
        return _at_unknown(x, indices, axis, size)
    x, indices = _aligned(x, indices, axis)
    if free:
        if x.shape[axis] == 0:
            return emptied(tf.zeros(tf.shape(indices), x.dtype), tf.zeros((), tf.bool))
        safe, valid = inside(indices, size)
        return emptied(_along(x, safe, axis), valid)
    try:
        return _along(x, indices, axis)
    except tf.errors.InvalidArgumentError:
        return _along(x, _counted(indices, size), axis)


def _aligned(x: Any, indices: Any, axis: int) -> tuple[Any, Any]:
    """Both with the same sizes along all other axes, by broadcasting."""
    own, wanted = x.shape.as_list(), indices.shape.as_list()
    others = [i for i in range(len(own)) if i != axis]
    if all(own[i] == wanted[i] and own[i] is not None for i in others):
        return x, indices
    target, sought = sizes(x), sizes(indices)
    for i in others:
        if own[i] == 1:
            target[i] = sought[i]
        elif wanted[i] == 1:
            sought[i] = target[i]
    return tf.broadcast_to(x, target), tf.broadcast_to(indices, sought)


def _at_unknown(x: Any, indices: Any, axis: int, size: Any) -> Any:
    """`take_along_axis` where sizes of other axes are unknown: they may be 1 when the graph runs, and broadcast."""
    known = sizes(x)
    rank = len(known)
    safe, valid = inside(indices, size)
    key = []
    for i in range(rank):
        along = [1] * rank
        along[i] = -1
        key.append(safe if i == axis else tf.reshape(tf.range(cast(known[i], safe.dtype)), along))
    shape = functools.reduce(tf.broadcast_dynamic_shape, [tf.shape(each) for each in key])
    result = tf.gather_nd(x, tf.stack([tf.broadcast_to(each, shape) for each in key], -1))
    static = tf.broadcast_static_shape(tf.TensorShape([*x.shape[:axis], 1, *x.shape[axis + 1 :]]), indices.shape)
    result.set_shape(static)
    return emptied(result, valid)


def _along(x: Any, indices: Any, axis: int) -> Any:
    """Entries of one axis, a list of indices for each place along the others."""
    rank = x.shape.rank
    if axis == rank - 1:
        return tf.gather(x, indices, axis=axis, batch_dims=axis)
    order = (*(i for i in range(rank) if i != axis), axis)
    back = tuple(order.index(i) for i in range(rank))
    moved = tf.gather(tf.transpose(x, order), tf.transpose(indices, order), axis=rank - 1, batch_dims=rank - 1)
    return tf.transpose(moved, back)


@table.implements(ops.get_item)
def get_item(x: Any, key: Any) -> Any:
    kind = type(key)
    if kind is int:
        return _strided(x, (key,))
    entries = as_key(key)
    for entry in entries:
        kind = type(entry)
        if kind is slice:
            if any(isinstance(bound, tf.Tensor) for bound in (entry.start, entry.stop, entry.step)):
                selected_shape(tuple(x.shape), entries)
                return x[entries]
        elif kind is not int and entry is not None and entry is not Ellipsis:
            if kind is bool:
                raise TypeError("no index")
            if isinstance(entry, (list, np.ndarray, tf.Tensor, tf.Variable)):
                return _advanced(x, entries)
    return _strided(x, entries)


def _strided(x: Any, entries: tuple[Any, ...]) -> Any:
    """`x` at a key of integers, slices, `...` and None: one kernel, whose masks say what each entry is."""
    begin, end, step = [], [], []
    begin_mask = end_mask = ellipsis_mask = new_mask = shrink_mask = 0
    bit = 1
    for entry in entries:
        first = last = 0
        stride = 1
        if type(entry) is slice:
            if entry.start is None:
                begin_mask |= bit
            else:
                first = entry.start.__index__()
            if entry.stop is None:
                end_mask |= bit
            else:
                last = entry.stop.__index__()
            if entry.step is not None:
                stride = entry.step.__index__()
        elif entry is None:
            new_mask |= bit
        elif entry is Ellipsis:
            ellipsis_mask |= bit
        else:
            first = entry.__index__()
            last = first + 1
            shrink_mask |= bit
        begin.append(first)
        end.append(last)
        step.append(stride)
        bit <<= 1
    return _stride(
        x,
        integers(tuple(begin)),
        integers(tuple(end)),
        integers(tuple(step)),
        begin_mask,
        end_mask,
        ellipsis_mask,
        new_mask,
        shrink_mask,
    )


def _as_tensor(entry: Any) -> Any:
    """The tensor of a list, host array or tensor in a key."""
    if isinstance(entry, (tf.Tensor, tf.Variable)):
        return tf.convert_to_tensor(entry)
    array = np.asarray(entry)
    if (array.size == 0 and array.dtype != bool) or array.dtype.kind in "iu":
        array = array.astype(np.int64)
    return tf.constant(array)


def _advanced(x: Any, entries: tuple[Any, ...]) -> Any:
    """`x[key]` with tensors, lists or host arrays in the key, by NumPy's rules for integers beside them."""
    selected_shape(tuple(x.shape), entries)
    rank = x.shape.rank
    parts: list[Any] = []
    for entry in entries:
        if not isinstance(entry, (list, np.ndarray, tf.Tensor, tf.Variable)):
            parts.append((entry,))
            continue
        tensor = _as_tensor(entry)
        if tensor.dtype is tf.bool:
            # A mask stands for the places where it is true, one list of them for each of its axes.
            parts.append(tuple(tf.unstack(tf.where(tensor), num=tensor.shape.rank, axis=1)))
        else:
            parts.append((as_indices(tensor),))
    taken = sum(len(p) for p in parts if p[0] is not None and p[0] is not Ellipsis)
    if not any(p[0] is Ellipsis for p in parts):
        parts.append((Ellipsis,))
    arrays = any(isinstance(i, tf.Tensor) and i.shape.rank != 0 for p in parts for i in p)

    # First what needs no gathering; axes that are gathered from stay whole.
    basic: list[Any] = []
    gathered: list[tuple[int, Any]] = []
    axis, at, apart, last = 0, None, False, None
    for number, part in enumerate(parts):
        for entry in part:
            if entry is Ellipsis:
                basic += [slice(None)] * (rank - taken)
                axis += rank - taken
            elif entry is None or isinstance(entry, slice):
                basic.append(entry)
                axis += 1
            elif isinstance(entry, tf.Tensor) or arrays:
                apart = apart or (last is not None and number not in (last, last + 1))
                at, last = (axis if at is None else at), number
                index = entry if isinstance(entry, tf.Tensor) else tf.constant(entry.__index__(), tf.int64)
                gathered.append((axis, index))
                basic.append(slice(None))
                axis += 1
            else:
                basic.append(entry.__index__())
    if any(b != slice(None) for b in basic):
        x = _strided(x, tuple(basic))
    return _gathered(x, gathered, 0 if apart or at is None else at)


def _entries(x: Any, places: Any) -> Any:
    """The entries at places along the first axes, none where there are none, which the kernel has no answer to."""
    if x.shape.num_elements() != 0:
        return tf.gather_nd(x, places)
    depth = places.shape[-1]
    result = tf.zeros(tf.concat([tf.shape(places)[:-1], tf.shape(x)[depth:]], 0), x.dtype)
    result.set_shape([*places.shape[:-1], *x.shape[depth:]])
    return result


def _gathered(x: Any, gathered: list[tuple[int, Any]], at: int) -> Any:
    """Entries of some axes by index; the axes of the indices come `at` that place of the result.

    Args:
        x: A tensor.
        gathered: Axes of `x` and, for each, a tensor of indices. They broadcast.
        at: A place among the other axes.
    """
    free = unchecked(x, *(index for _, index in gathered))
    known = sizes(x)
    if len({index.dtype for _, index in gathered}) > 1:
        gathered = [(axis, cast(index, tf.int64)) for axis, index in gathered]
    valid = None
    found = []
    for axis, index in gathered:
        if free:
            index, now = inside(index, known[axis])
            valid = now if valid is None else tf.logical_and(valid, now)
        else:
            index = _counted(index, known[axis])
        found.append(index)
    others = [i for i in range(x.shape.rank) if i not in {axis for axis, _ in gathered}]
    if free and any(known[axis] == 0 for axis, _ in gathered if type(known[axis]) is int):
        block = sizes(valid)
        shape = [*(known[i] for i in others[:at]), *block, *(known[i] for i in others[at:])]
        return emptied(tf.zeros(shape, x.dtype), tf.zeros((), tf.bool))
    if len(found) == 1:
        axis = gathered[0][0]
        result = _gather(x, found[0], integers(axis))
        at, block = axis, found[0].shape.rank
    else:
        block = max(index.shape.rank for index in found)
        shape = functools.reduce(tf.broadcast_dynamic_shape, [tf.shape(index) for index in found])
        static = functools.reduce(tf.broadcast_static_shape, [index.shape for index in found])
        places = tf.stack([tf.broadcast_to(index, shape) for index in found], -1)
        places.set_shape([*static, len(found)])
        order = (*(axis for axis, _ in gathered), *others)
        if order != tuple(range(len(order))):
            x = tf.transpose(x, order)
        result = _entries(x, places)
        if at:
            total = result.shape.rank
            result = tf.transpose(result, (*range(block, block + at), *range(block), *range(block + at, total)))
    if valid is None:
        return result
    return emptied(result, tf.reshape(valid, [*sizes(valid), *(1,) * (result.shape.rank - at - valid.shape.rank)]))
