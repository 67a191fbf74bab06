"""Poolings by TensorFlow's kernels."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import per_axis, pool_shape, read_padding
from multikeras_tensorflow.ops.nn.windows import channels_back, channels_last, per_axis_of_all, static
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, HALVES, in_wide, kernel

_max2d = kernel("MaxPool")
_max3d = kernel("MaxPool3D")
_mean2d = kernel("AvgPool")
_mean3d = kernel("AvgPool3D")


def _pool(kernels: tuple[Any, Any], shape: Any, inputs: Any, arguments: tuple[Any, ...]) -> Any:
    pool_size, strides, padding, data_format = arguments
    first = standardize_data_format(data_format) == "channels_first"
    axes = inputs.shape.rank - 2
    sizes = per_axis(pool_size, axes, "pool_size")
    steps = sizes if strides is None else per_axis(strides, axes, "strides")
    result = kernels[axes == 3](
        channels_last(inputs, first), per_axis_of_all(sizes), per_axis_of_all(steps), read_padding(padding).upper()
    )
    return static(channels_back(result, first, axes), shape)


@table.implements(ops.max_pool)
def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    arguments = (pool_size, strides, padding, data_format)
    shape = pool_shape(tuple(inputs.shape), *arguments, "max_pool")
    dtype = inputs.dtype
    if dtype in COMPLEX:
        raise TypeError("complex numbers have no order")
    if 0 in shape:
        return tf.zeros([size or 0 for size in shape], dtype)
    pools = (_max2d, _max3d)
    if inputs.shape.rank == 5 and dtype in _BY_OTHERS_IN_3D:
        return _max_by_axis(inputs, arguments, shape)
    if dtype in _WIDER:
        return in_wide(lambda x: _pool(pools, shape, x, arguments), (inputs,), _WIDER[dtype])
    return _pool(pools, shape, inputs, arguments)


# Dtypes that only two axes are pooled in, or none.
_WIDER = {tf.bool: tf.uint8, **dict.fromkeys(FLOAT8, tf.float32)}
_BY_OTHERS_IN_3D = frozenset()


@table.implements(ops.average_pool)
def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    arguments = (pool_size, strides, padding, data_format)
    shape = pool_shape(tuple(inputs.shape), *arguments, "average_pool")
    if inputs.dtype in COMPLEX:
        parts = (average_pool(x, *arguments) for x in (tf.math.real(inputs), tf.math.imag(inputs)))
        return tf.complex(*parts)
    if 0 in shape:
        return tf.zeros([size or 0 for size in shape], inputs.dtype)
    if inputs.dtype in FLOAT8 or inputs.dtype in HALVES:
        return in_wide(lambda x: _pool((_mean2d, _mean3d), shape, x, arguments), (inputs,))
    return _pool((_mean2d, _mean3d), shape, inputs, arguments)
