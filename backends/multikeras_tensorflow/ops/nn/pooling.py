"""Poolings by TensorFlow's kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import per_axis, pool_shape, read_layout, read_padding
from multikeras_tensorflow.compile import graph_for_processor
from multikeras_tensorflow.constants import sizes, sizes_of, without_entries
from multikeras_tensorflow.gradients import readable
from multikeras_tensorflow.host_memory import surely_finite
from multikeras_tensorflow.ops.nn.windows import channels_back, channels_last, per_axis_of_all, static
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, FLOATS, HALVES, INTEGERS, cast, in_wide, kernel

_max2d = kernel("MaxPool")
_max3d = kernel("MaxPool3D")
_mean2d = kernel("AvgPool")
_mean3d = kernel("AvgPool3D")
_choose = kernel("SelectV2")
_equal = kernel("Equal")
_isnan = kernel("IsNan")
_or = kernel("LogicalOr")

# What the kernels for two and three axes lack, and what is computed with in its place.
_LACKING: dict[bool, dict[Any, Any]] = {
    False: {tf.bool: tf.int32, tf.uint32: tf.int64, **dict.fromkeys(FLOAT8, tf.float32)},
    True: {tf.float16: tf.float32, **dict.fromkeys(FLOAT8, tf.float32)},
}


def _visible(largest: Callable, mean: Callable) -> Callable:
    """A kernel of maximum pooling that hides no nan.

    TensorFlow's passes over them, and over negative infinities, as if they were no entries: a window of nothing else
    has the least finite number. The mean of a window shows both, in one more pass over the data; none is made where the
    sum of all entries is finite.
    """

    def run(x: Any, *arguments: Any) -> Any:
        result = largest(x, *arguments)
        if x.dtype not in FLOATS or (readable(x) and surely_finite(x)):
            return result

        def shown() -> Any:
            means = tf.stop_gradient(mean(x, *arguments))
            return _choose(_or(_isnan(means), _equal(result, tf.constant(x.dtype.min, x.dtype))), means, result)

        if not graph_for_processor():
            return shown()
        return _with_gradient_of(result, tf.cond(tf.math.is_finite(tf.reduce_sum(x)), lambda: result, shown))

    return run


@tf.custom_gradient
def _with_gradient_of(result: Any, corrected: Any) -> Any:
    """`corrected`, whose gradient is that of `result`: no graph is made of a branch's."""
    return tf.identity(corrected), lambda upstream: (upstream, None)


_POOLS = (_visible(_max2d, _mean2d), _visible(_max3d, _mean3d))


def _pool(kernels: tuple[Any, Any], shape: Any, inputs: Any, arguments: tuple[Any, ...]) -> Any:
    pool_size, strides, padding, data_format = arguments
    first = standardize_data_format(data_format) == "channels_first"
    axes = inputs.shape.rank - 2
    window = per_axis(pool_size, axes, "pool_size")
    steps = window if strides is None else per_axis(strides, axes, "strides")
    result = kernels[axes == 3](
        channels_last(inputs, first), per_axis_of_all(window), per_axis_of_all(steps), read_padding(padding).upper()
    )
    return static(channels_back(result, first, axes), shape)


@table.implements(ops.max_pool)
def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    arguments = (pool_size, strides, padding, data_format)
    shape = pool_shape(tuple(inputs.shape), *arguments, "max_pool")
    dtype = inputs.dtype
    if 0 in shape and (shape[0] == 0 or None not in shape):
        return without_entries(shape, dtype)
    in_space = inputs.shape.rank == 5
    if dtype is tf.uint64 or (in_space and (dtype is tf.float64 or dtype in INTEGERS or dtype is tf.bool)):
        return _largest(inputs, arguments, shape)
    wide = _LACKING[in_space].get(dtype)
    if wide is not None:
        return in_wide(lambda x: _pool(_POOLS, shape, x, arguments), (inputs,), wide)
    return _pool(_POOLS, shape, inputs, arguments)


def _largest(inputs: Any, arguments: tuple[Any, ...], shape: Any) -> Any:
    """A maximum pooling of what there is no kernel for: one axis after the other, window by window."""
    pool_size, strides, padding, data_format = arguments
    axes = inputs.shape.rank - 2
    front = 2 if standardize_data_format(data_format) == "channels_first" else 1
    window = per_axis(pool_size, axes, "pool_size")
    steps = window if strides is None else per_axis(strides, axes, "strides")
    for axis, (taps, step) in enumerate(zip(window, steps, strict=True), front):
        places, _ = _windows(sizes(inputs)[axis], taps, step, read_padding(padding))
        inputs = table.native["amax"](tf.gather(inputs, places, axis=axis), axis + 1, False)
    return static(inputs, shape)


def _windows(size: Any, taps: int, step: int, padding: str) -> tuple[Any, Any]:
    """The places along an axis that each window covers, and which of them lie inside.

    Those that do not are moved to an entry of the window that does.
    """
    if padding == "same":
        count = -(-size // step)
        start = tf.range(count) * step - tf.maximum((count - 1) * step + taps - size, 0) // 2
    else:
        start = tf.range((size - taps) // step + 1) * step
    places = start[:, None] + tf.range(taps)
    inside = tf.logical_and(places >= 0, places < size)
    return tf.clip_by_value(places, 0, size - 1), inside


def _mean(inputs: Any, arguments: tuple[Any, ...], shape: Any) -> Any:
    """An average pooling over three axes of float64, which there is no kernel for."""
    pool_size, strides, padding, data_format = arguments
    axes = inputs.shape.rank - 2
    front = 2 if standardize_data_format(data_format) == "channels_first" else 1
    window = per_axis(pool_size, axes, "pool_size")
    steps = window if strides is None else per_axis(strides, axes, "strides")
    for axis, (taps, step) in enumerate(zip(window, steps, strict=True), front):
        places, inside = _windows(sizes(inputs)[axis], taps, step, read_padding(padding))
        inputs = _averaged(inputs, places, inside, axis)
    return static(inputs, shape)


def _averaged(x: Any, places: Any, inside: Any, axis: int) -> Any:
    """Means over the places of windows along an axis, as far as they are inside."""
    weights = cast(inside, x.dtype)
    weights = weights / tf.reduce_sum(weights, -1, keepdims=True)
    along = tf.reshape(weights, sizes_of([*sizes(weights), *(1,) * (x.shape.rank - 1 - axis)]))
    return tf.reduce_sum(tf.gather(x, places, axis=axis) * along, axis + 1)


@table.implements(ops.average_pool)
def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    arguments = (pool_size, strides, padding, data_format)
    shape = pool_shape(tuple(inputs.shape), *arguments, "average_pool")
    if inputs.dtype in COMPLEX:
        parts = (average_pool(x, *arguments) for x in (tf.math.real(inputs), tf.math.imag(inputs)))
        return tf.complex(*parts)
    if 0 in shape and (shape[0] == 0 or None not in shape):
        return without_entries(shape, inputs.dtype)
    if inputs.dtype in FLOAT8 or inputs.dtype in HALVES:
        return in_wide(lambda x: _pool((_mean2d, _mean3d), shape, x, arguments), (inputs,))
    if inputs.dtype is tf.float64 and inputs.shape.rank == 5:
        return _mean(inputs, arguments, shape)
    return _pool((_mean2d, _mean3d), shape, inputs, arguments)


def _adaptive_windows(size: Any, count: int) -> tuple[Any, Any]:
    """The places that `count` windows of about equal length cover on an axis, and which of them belong to each."""
    numbers = tf.range(count)
    start, end = numbers * size // count, -(-(numbers + 1) * size // count)
    places = start[:, None] + tf.range(tf.reduce_max(end - start))
    return tf.minimum(places, end[:, None] - 1), places < end[:, None]


def _adaptive(name: str) -> Any:
    op = getattr(ops, name)

    def run(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
        if inputs.shape.is_fully_defined() or not _unknown(inputs, data_format, name):
            return table.composite(op)(inputs, output_size, data_format)
        layout = read_layout(tuple(inputs.shape), data_format, name)
        counts = per_axis(output_size, len(layout.spatial), "output_size")
        for axis, count in enumerate(counts, 2 if layout.first else 1):
            places, inside = _adaptive_windows(sizes(inputs)[axis], count)
            if name == "adaptive_max_pool":
                inputs = table.native["amax"](tf.gather(inputs, places, axis=axis), axis + 1, False)
            elif inputs.dtype in FLOAT8 or inputs.dtype in HALVES:
                inputs = in_wide(lambda x, p=places, i=inside, a=axis: _averaged(x, p, i, a), (inputs,))
            else:
                inputs = _averaged(inputs, places, inside, axis)
        return static(inputs, layout.shape(counts, layout.channels))

    return run


def _unknown(inputs: Any, data_format: str | None, name: str) -> bool:
    return None in read_layout(tuple(inputs.shape), data_format, name).spatial


table.alias(adaptive_average_pool=_adaptive("adaptive_average_pool"), adaptive_max_pool=_adaptive("adaptive_max_pool"))
