"""Shapes and axes as TensorFlow takes them.

Kernels take axes and shapes as tensors. Making one of a list of integers takes longer than many a kernel, so the ones
that are known are made once. They are eager ones, of which a graph makes constants of its own.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf


@functools.lru_cache(maxsize=8192)
def integers(values: Any) -> Any:
    """The int32 tensor of a tuple of integers, or of one."""
    given = np.asarray(values)
    if given.size and (given.min() < -(2**31) or given.max() >= 2**31):
        # TensorFlow would keep the lower bits.
        raise ValueError("beyond 32 bits")
    with tf.init_scope():
        return tf.constant(values, tf.int32)


@functools.lru_cache(maxsize=1024)
def counting(ndim: int) -> Any:
    """All axes of a tensor, as an int32 tensor."""
    return integers(tuple(range(ndim)))


def axes_of(axis: Any, ndim: int) -> Any:
    """The axes that an argument names, all for `None`, as an int32 tensor."""
    if axis is None:
        return counting(ndim)
    if type(axis) is int:
        return integers(axis)
    return integers(tuple(a.__index__() for a in axis) if isinstance(axis, (list, tuple)) else axis.__index__())


def sizes_of(shape: Any) -> Any:
    """A shape as an int32 tensor: of an integer, a tensor, or a sequence of integers and scalar tensors."""
    kind = type(shape)
    if kind is tuple or kind is list:
        for size in shape:
            if type(size) is not int:
                break
        else:
            return integers(tuple(shape))
        if any(isinstance(size, (tf.Tensor, tf.Variable)) for size in shape):
            return tf.stack([_size(size) for size in shape])
        return integers(tuple(size.__index__() for size in shape))
    if isinstance(shape, (tf.Tensor, tf.Variable)):
        sizes = tf.cast(shape, tf.int32)
        return tf.reshape(sizes, (1,)) if sizes.shape.rank == 0 else sizes
    if hasattr(shape, "__index__"):
        return integers((shape.__index__(),))
    return sizes_of(tuple(shape))


def _size(size: Any) -> Any:
    return tf.cast(size, tf.int32) if isinstance(size, (tf.Tensor, tf.Variable)) else size.__index__()


def sizes(x: Any) -> list[Any]:
    """The sizes of a tensor: integers where they are known, scalar int32 tensors elsewhere."""
    known = x.shape.as_list()
    if None not in known:
        return known
    dynamic = tf.shape(x)
    return [dynamic[i] if size is None else size for i, size in enumerate(known)]


def without_entries(shape: Any, dtype: Any) -> Any:
    """The tensor of a shape that has a size of 0; sizes that are not known do not matter then."""
    return tf.zeros(sizes_of([0 if size is None else size for size in shape]), dtype)
