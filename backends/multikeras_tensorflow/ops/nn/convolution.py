"""Convolutions by TensorFlow's kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import conv_shape, conv_transposed, depthwise_shape, per_axis, read_padding
from multikeras_tensorflow.constants import integers, sizes
from multikeras_tensorflow.ops.nn.windows import channels_back, channels_last, doubled, per_axis_of_all, static
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, FLOATS, kernel, to

table.takes_tensors_only("conv", "conv_transpose", "depthwise_conv", "separable_conv")

_conv2d = kernel("Conv2D")
_conv3d = kernel("Conv3D")
_back2d = kernel("Conv2DBackpropInput")
_back3d = kernel("Conv3DBackpropInputV2")
_depthwise = kernel("DepthwiseConv2dNative")
_reshape = kernel("Reshape")
_CONVOLVED = FLOATS - FLOAT8


def _by_parts(product: Callable, inputs: Any, kernel: Any) -> Any:
    """A convolution of integers, complex numbers, bools or 8-bit floats."""
    dtype = inputs.dtype
    if dtype in COMPLEX:
        a, b, c, d = tf.math.real(inputs), tf.math.imag(inputs), tf.math.real(kernel), tf.math.imag(kernel)
        return tf.complex(product(a, c) - product(b, d), product(a, d) + product(b, c))
    if dtype in FLOAT8:
        wide = tf.float32
    else:
        # There are no kernels for integers of all kinds: exact up to 2**53.
        wide = tf.float64
    result = product(tf.cast(inputs, wide), tf.cast(kernel, wide))
    if wide is tf.float64:
        result = tf.cast(result, tf.int64)
    return to(result, dtype)


def _convolve(x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]) -> Any:
    """A convolution over two or three axes, channels last."""
    axes = x.shape.rank - 2
    if axes == 3:
        if max(dilation) > 1:
            return _dilated(x, filters, strides, padding, dilation)
        return _conv3d(x, filters, per_axis_of_all(tuple(strides)), padding)
    return _conv2d(x, filters, per_axis_of_all(tuple(strides)), padding, True, [], "NHWC", [1, *dilation, 1])


def _dilated(x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]) -> Any:
    """Over three axes with a dilation, for which CPUs have no kernel: zeros between the entries of the filters."""
    return _convolve(x, _spread(filters, dilation), strides, padding, (1,) * len(dilation))


def _spread(x: Any, steps: Sequence[int], first: int = 0) -> Any:
    """`x` with zeros between its entries along some axes: the entries are `steps` apart."""
    for axis, step in enumerate(steps, first):
        if step == 1:
            continue
        known = sizes(x)
        size = known[axis]
        x = tf.expand_dims(x, axis + 1)
        x = tf.pad(x, [(0, step - 1) if i == axis + 1 else (0, 0) for i in range(x.shape.rank)])
        x = tf.reshape(x, [*known[:axis], size * step, *known[axis + 1 :]])
        # Behind the last entry there are none.
        x = x[(slice(None),) * axis + (slice(0, size * step - (step - 1)),)]
    return x


@table.implements(ops.conv)
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    shape = conv_shape(
        tuple(inputs.shape), tuple(kernel.shape), strides, padding, data_format, dilation_rate
    )
    if inputs.dtype not in _CONVOLVED:
        return _by_parts(lambda a, b: conv(a, b, strides, padding, data_format, dilation_rate), inputs, kernel)
    first = standardize_data_format(data_format) == "channels_first"
    axes = inputs.shape.rank - 2
    channels, members = inputs.shape[1 if first else -1], kernel.shape[-2]
    x = channels_last(inputs, first)
    filters = tf.expand_dims(kernel, 0) if axes == 1 else kernel
    stride = doubled(per_axis(strides, axes, "strides"), 1)
    dilation = doubled(per_axis(dilation_rate, axes, "dilation_rate"), 1)
    border = read_padding(padding).upper()
    groups = channels // members
    if groups == 1:
        result = _convolve(x, filters, stride, border, dilation)
    elif members == 1 and axes < 3 and kernel.shape[-1] is not None:
        result = _by_channel(x, _depthwise_filters(filters, channels), stride, border, dilation)
    else:
        # No kernel for groups on CPUs.
        parts = zip(tf.split(x, groups, -1), tf.split(filters, groups, -1), strict=True)
        result = tf.concat([_convolve(a, b, stride, border, dilation) for a, b in parts], -1)
    return static(channels_back(result, first, axes), shape)


def _depthwise_filters(filters: Any, channels: int) -> Any:
    """Filters of groups of one channel, `(*window, 1, channels * multiplier)`, in the depthwise kernel's order."""
    *window, _, count = filters.shape
    return _reshape(filters, integers((*window, channels, count // channels)))


def _by_channel(x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]) -> Any:
    """A convolution of each channel by itself over two axes."""
    if max(dilation) > 1:
        filters, dilation = _spread(filters, dilation), (1, 1)
    if strides[0] != strides[1]:
        # The kernel takes equal strides only: entries that are stepped over are left out afterwards.
        x, padding = _padded(x, filters, strides, padding)
        result = _depthwise(x, filters, [1, 1, 1, 1], padding)
        return result[:, :: strides[0], :: strides[1]]
    return _depthwise(x, filters, per_axis_of_all(tuple(strides)), padding)


def _padded(x: Any, filters: Any, strides: Sequence[int], padding: str) -> tuple[Any, str]:
    """`x` with the border that `"same"` adds under these strides, and what is left of the padding."""
    if padding == "VALID":
        return x, padding
    pairs = []
    for axis, (taps, stride) in enumerate(zip(filters.shape, strides, strict=False), 1):
        size = sizes(x)[axis]
        total = (-(-size // stride) - 1) * stride + taps - size
        total = tf.maximum(total, 0) if isinstance(total, tf.Tensor) else max(total, 0)
        pairs.append((total // 2, total - total // 2))
    return tf.pad(x, [(0, 0), *pairs, (0, 0)]), "VALID"


@table.implements(ops.depthwise_conv)
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    shape = depthwise_shape(
        tuple(inputs.shape), tuple(kernel.shape), strides, padding, data_format, dilation_rate
    )
    axes = inputs.shape.rank - 2
    if inputs.dtype not in _CONVOLVED or axes == 3:
        return ops.depthwise_conv.op.body(inputs, kernel, strides, padding, data_format, dilation_rate)
    first = standardize_data_format(data_format) == "channels_first"
    result = _by_channel(
        channels_last(inputs, first),
        tf.expand_dims(kernel, 0) if axes == 1 else kernel,
        doubled(per_axis(strides, axes, "strides"), 1),
        read_padding(padding).upper(),
        doubled(per_axis(dilation_rate, axes, "dilation_rate"), 1),
    )
    return static(channels_back(result, first, axes), shape)


@table.implements(ops.conv_transpose)
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    geometry = conv_transposed(
        tuple(inputs.shape), tuple(kernel.shape), strides, padding, output_padding, data_format, dilation_rate
    )
    if 0 in geometry.shape:
        return tf.zeros([size or 0 for size in geometry.shape], inputs.dtype)
    if inputs.dtype not in _CONVOLVED:
        return _by_parts(
            lambda a, b: conv_transpose(a, b, strides, padding, output_padding, data_format, dilation_rate),
            inputs,
            kernel,
        )
    first = standardize_data_format(data_format) == "channels_first"
    axes = inputs.shape.rank - 2
    x = channels_last(inputs, first)
    filters = tf.expand_dims(kernel, 0) if axes == 1 else kernel
    stride = doubled(per_axis(strides, axes, "strides"), 1)
    dilation = doubled(per_axis(dilation_rate, axes, "dilation_rate"), 1)
    if max(dilation) > 1:
        # No kernel on CPUs: zeros between the entries of the filters.
        filters = _spread(filters, dilation)
    crops: list[Any] = doubled(geometry.crops, (0, 0))
    result = _transposed(x, filters, stride)
    result = _cropped(result, crops)
    return static(channels_back(result, first, axes), geometry.shape)


def _transposed(x: Any, filters: Any, strides: Sequence[int]) -> Any:
    """The transposed convolution with all of its entries: `(size - 1) * stride + taps` along each axis."""
    batch, *spatial, _ = sizes(x)
    taps = filters.shape.as_list()
    whole = [(n - 1) * s + t for n, s, t in zip(spatial, strides, taps, strict=False)]
    shape = [batch, *whole, taps[-2]]
    sized = tf.stack(shape) if any(isinstance(n, tf.Tensor) for n in shape) else integers(tuple(shape))
    back = _back3d if len(strides) == 3 else _back2d
    return back(sized, filters, x, per_axis_of_all(tuple(strides)), "VALID")


def _cropped(x: Any, crops: Sequence[tuple[int, int]]) -> Any:
    """`x` with entries of its spatial axes cut off, or zeros added where there are less than none to cut."""
    if any(cut < 0 for pair in crops for cut in pair):
        x = tf.pad(x, [(0, 0), *((max(-a, 0), max(-b, 0)) for a, b in crops), (0, 0)])
    if any(cut > 0 for pair in crops for cut in pair):
        key = [slice(max(a, 0), -b if b > 0 else None) for a, b in crops]
        x = x[(slice(None), *key)]
    return x
