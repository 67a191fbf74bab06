"""Ops the size of whose result depends on values, at once."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.gradients import readable, values_alone
from multikeras_tensorflow.host_memory import entries
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import INTEGERS, cast, kernel

_count = kernel("DenseBincount")
_UNIQUE = frozenset({tf.int32, tf.int64})


@table.implements(ops.bincount)
def bincount(x: Any, weights: Any, minlength: int, sparse: bool) -> Any:
    plain = weights is None and not sparse and x.shape.rank == 1 and x.dtype in INTEGERS and x.dtype is not tf.uint64
    if not plain or isinstance(minlength, bool) or not readable(x) or 0 in x.shape:
        return table.composite(ops.bincount)(x, weights, minlength, sparse)
    if x.dtype is not tf.int32:
        x = cast(x, tf.int64)
    # Without a sign those below 0 are the largest.
    values = entries(x)
    largest = int(values.view(f"u{values.itemsize}").max())
    if minlength.__index__() < 0 or largest > x.dtype.max:
        raise ValueError("integers from 0 on")
    size = max(largest + 1, minlength)
    if size >= 2**31:
        x = cast(x, tf.int64)
    return _count(x, tf.constant(size, x.dtype), tf.zeros((0,), tf.int32), False)


@table.implements(ops.unique)
def unique(x: Any, *arguments: Any) -> Any:
    _, return_index, return_inverse, return_counts, axis, size, _ = arguments
    more = return_index or return_inverse or return_counts or axis is not None or size is not None
    if more or x.dtype not in _UNIQUE or not values_alone(x):
        return table.composite(ops.unique)(x, *arguments)
    # In the order in which they come, then in theirs: there are fewer.
    return tf.sort(tf.unique(tf.reshape(x, [-1])).y)
