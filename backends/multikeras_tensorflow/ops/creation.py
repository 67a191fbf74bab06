"""Tensors made from nothing but a shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras.dtypes.lattice import numpy_dtype, standardize
from multikeras.ops._shapes import read_shape
from multikeras.ops._values import filling
from multikeras.ops.ranges import range_dtype
from multikeras_tensorflow.constants import sizes_of
from multikeras_tensorflow.table import table
from multikeras_tensorflow.tensors import native_dtype
from multikeras_tensorflow.widened import FLOAT8, kernel, to

_fill = kernel("Fill")
_range = kernel("Range")
_band = kernel("MatrixBandPart")


def _filled(shape: Any, value: Any, dtype: Any) -> Any:
    """A tensor of one value, or of values that broadcast."""
    if isinstance(value, (tf.Tensor, tf.Variable)):
        value = to(value, dtype)
    else:
        value = tf.constant(filling(value, dtype.as_numpy_dtype))
    if dtype in FLOAT8 or value.shape.rank != 0:
        # A kernel that looks at no values: it takes every dtype.
        return tf.broadcast_to(value, shape)
    return _fill(shape, value)


def _sized(shape: Any) -> Any:
    if None in read_shape(shape) and isinstance(shape, (list, tuple)) and any(size is None for size in shape):
        raise ValueError("a size that is not known")
    return sizes_of(shape)


@table.implements(ops.zeros)
def zeros(shape: Any, dtype: Any = None) -> Any:
    return _filled(_sized(shape), 0, native_dtype(standardize(dtype)))


@table.implements(ops.ones)
def ones(shape: Any, dtype: Any = None) -> Any:
    return _filled(_sized(shape), 1, native_dtype(standardize(dtype)))


@table.implements(ops.full)
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    return _filled(_sized(shape), fill_value, native_dtype(standardize(dtype)))


table.alias(empty=zeros)


def _like(x: Any, value: Any, dtype: Any) -> Any:
    shape = x.shape
    wanted = x.dtype if dtype is None else native_dtype(standardize(dtype))
    sizes = sizes_of(shape.as_list()) if shape.is_fully_defined() else tf.shape(x)
    result = _filled(sizes, value, wanted)
    result.set_shape(shape)
    return result


@table.implements(ops.zeros_like)
def zeros_like(x: Any, dtype: Any = None) -> Any:
    return _like(x, 0, dtype)


@table.implements(ops.ones_like)
def ones_like(x: Any, dtype: Any = None) -> Any:
    return _like(x, 1, dtype)


table.alias(empty_like=zeros_like)


@table.implements(ops.full_like)
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    return _like(x, fill_value, dtype)


@table.implements(ops.eye)
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    rows, columns = _counting(N), _counting(N if M is None else M)
    return to(tf.equal(rows[:, None] + k, columns), native_dtype(standardize(dtype)))


@table.implements(ops.tri)
def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    M = N if M is None else M
    if type(k) is type(M) is int and k >= 0 and native_dtype(standardize(dtype)) not in FLOAT8:
        # Writes the zeros in place.
        return _band(ones((N, M), dtype), -1, min(k, M))
    rows, columns = _counting(N), _counting(M)
    return to(tf.greater_equal(rows[:, None] + k, columns), native_dtype(standardize(dtype)))


def _counting(size: Any) -> Any:
    if not isinstance(size, (tf.Tensor, tf.Variable)) and size.__index__() < 0:
        raise ValueError("a negative size")
    return tf.range(size, dtype=tf.int32)


# Below this integers of 32 bits can be counted up to without going beyond.
_MOST = 2**30
_COUNTED = ("int32", "int64")


@table.implements(ops.arange)
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    name = range_dtype(start, stop, step, dtype=dtype)
    if stop is None:
        start, stop = 0, start
    if step is None:
        step = 1
    if name in _COUNTED and all(type(x) is int and -_MOST < x < _MOST for x in (start, stop, step)) and step:
        dtype = native_dtype(name)
        # An end that is never met is the start.
        stop = stop if (stop - start) * step > 0 else start
        return _range(*(tf.constant(x, dtype) for x in (start, stop, step)))
    numbers = [getattr(x, "value", x) for x in (start, stop, step)]
    if not any(isinstance(x, (tf.Tensor, tf.Variable)) for x in numbers):
        # In the precision of the numbers themselves, then rounded once.
        return tf.constant(np.arange(*numbers).astype(numpy_dtype(name), copy=False))
    whole = all(not isinstance(x, float) and (not hasattr(x, "dtype") or x.dtype.is_integer) for x in numbers)
    computed = tf.int64 if whole else tf.float64
    ends = [to(tf.convert_to_tensor(x), computed) for x in numbers]
    return to(_range(*ends), native_dtype(name))
