"""Convolutions by TensorFlow's kernels.

Which of them take groups and dilations, and have gradients then, depends on the device, the dtype and how TensorFlow
was built, so it is tried out once. Where there are none, groups are taken apart, and a dilation becomes a batch of
images without one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import conv_shape, conv_transposed, depthwise_shape, per_axis, read_padding
from multikeras_tensorflow.constants import sizes, sizes_of, without_entries
from multikeras_tensorflow.ops.nn.windows import channels_back, channels_last, doubled, per_axis_of_all, static
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, FLOATS, cast, kernel, to

table.takes_tensors_only("biased_conv", "conv", "conv_transpose", "depthwise_conv", "separable_conv")

_conv2d = kernel("Conv2D")
_conv3d = kernel("Conv3D")
_back2d = kernel("Conv2DBackpropInput")
_back3d = kernel("Conv3DBackpropInputV2")
_depthwise = kernel("DepthwiseConv2dNative")
_bias_add = kernel("BiasAdd")
_reshape = kernel("Reshape")
_CONVOLVED = FLOATS - FLOAT8


def _by_parts(product: Callable, inputs: Any, kernel: Any) -> Any:
    """A convolution of integers, complex numbers, bools or 8-bit floats."""
    dtype = inputs.dtype
    if dtype in COMPLEX:
        a, b, c, d = tf.math.real(inputs), tf.math.imag(inputs), tf.math.real(kernel), tf.math.imag(kernel)
        return tf.complex(product(a, c) - product(b, d), product(a, d) + product(b, c))
    if dtype in FLOAT8:
        return to(product(cast(inputs, tf.float32), cast(kernel, tf.float32)), dtype)
    # There are no kernels for all integers: exact up to 2**53.
    return to(cast(product(cast(inputs, tf.float64), cast(kernel, tf.float64)), tf.int64), dtype)


def _run(x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]) -> Any:
    """The kernel for two or three axes, channels last."""
    steps, rates = per_axis_of_all(tuple(strides)), per_axis_of_all(tuple(dilation))
    if len(steps) == 5:
        if padding == "SAME":
            reach = [(taps - 1) * rate + 1 for taps, rate in zip(sizes(filters), dilation, strict=False)]
            if any(type(taps) is not int or step > taps for step, taps in zip(strides, reach, strict=True)):
                # Where some entries are in no window the kernel of float64 begins behind the first one.
                x, padding = _bordered(x, reach, strides), "VALID"
        return _conv3d(x, filters, steps, padding, "NDHWC", rates)
    return _conv2d(x, filters, steps, padding, True, [], "NHWC", rates)


@functools.cache
def _has(axes: int, groups: int, rate: int, dtype: Any) -> bool:
    """Whether there is a kernel for groups or a dilation, and for its gradients, where tensors are made now."""
    with tf.init_scope():
        # One window: of none the kernels do not look at the rate.
        x = tf.ones((1, *(rate + 1,) * axes, 2), dtype)
        filters = tf.ones((*(2,) * axes, 2 // groups, 2), dtype)
        try:
            # As a graph: tapes record nothing in here.
            tf.function(lambda a, b: tf.gradients(_run(a, b, (1,) * axes, "VALID", (rate,) * axes), [a, b]))(x, filters)
        except tf.errors.OpError:
            return False
        return True


def _convolve(x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]) -> Any:
    """A convolution over two or three axes, channels last, without groups."""
    if max(dilation) == 1 or _has(len(dilation), 1, 2, x.dtype):
        return _run(x, filters, strides, padding, dilation)
    return _undilated(
        lambda a, b, border: _run(a, b, strides, border, (1,) * len(dilation)), x, filters, strides, padding, dilation
    )


def _undilated(
    convolve: Callable, x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]
) -> Any:
    """A convolution with a dilation by `convolve(x, filters, padding)`, which has none."""
    if max(strides) > 1:
        return convolve(x, _spread(filters, dilation), padding)
    block = list(dilation)
    reach = [(taps - 1) * rate for taps, rate in zip(sizes(filters), dilation, strict=False)]
    border = [(0, 0) if padding == "VALID" else (total // 2, total - total // 2) for total in reach]
    pads, crops = tf.compat.v1.required_space_to_batch_paddings(tf.shape(x)[1:-1], block, _pairs(border))
    images = tf.space_to_batch(x, block, pads)
    return tf.batch_to_space(convolve(images, filters, "VALID"), block, crops)


def _pairs(border: Sequence[tuple[Any, Any]]) -> Any:
    return tf.stack([tf.stack([front, back]) for front, back in border])


def _spread(x: Any, steps: Sequence[int]) -> Any:
    """`x` with zeros between its entries along the leading axes: the entries are `steps` apart."""
    for axis, step in enumerate(steps):
        if step == 1:
            continue
        known = sizes(x)
        size = known[axis]
        apart = tf.expand_dims(x, axis + 1)
        apart = tf.pad(apart, [(0, step - 1) if i == axis + 1 else (0, 0) for i in range(apart.shape.rank)])
        apart = tf.reshape(apart, sizes_of([*known[:axis], size * step, *known[axis + 1 :]]))
        # Behind the last entry there are none.
        x = apart[(slice(None),) * axis + (slice(0, size * step - (step - 1)),)]
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
    shape = conv_shape(tuple(inputs.shape), tuple(kernel.shape), strides, padding, data_format, dilation_rate)
    if 0 in shape and (shape[0] == 0 or None not in shape):
        # The kernel would return the inputs' sizes.
        return without_entries(shape, inputs.dtype)
    if inputs.dtype not in _CONVOLVED:
        return _by_parts(lambda a, b: conv(a, b, strides, padding, data_format, dilation_rate), inputs, kernel)
    first = standardize_data_format(data_format) == "channels_first"
    axes = inputs.shape.rank - 2
    x = channels_last(inputs, first)
    filters = tf.expand_dims(kernel, 0) if axes == 1 else kernel
    stride = doubled(per_axis(strides, axes, "strides"), 1)
    dilation = doubled(per_axis(dilation_rate, axes, "dilation_rate"), 1)
    result = _grouped(x, filters, stride, read_padding(padding).upper(), dilation)
    return static(channels_back(result, first, axes), shape)


def _grouped(x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]) -> Any:
    """A convolution over two or three axes, of as many groups as the filters are made for."""
    channels, members, count = x.shape[-1], filters.shape[-2], filters.shape[-1]
    if members is not None and channels == members:
        return _convolve(x, filters, strides, padding, dilation)
    if channels is None or members is None:
        if not _has(len(strides), 2, max(dilation), x.dtype):
            filters = _of_all_channels(filters, sizes(x)[-1])
        return _convolve(x, filters, strides, padding, dilation)
    groups = channels // members
    if members == 1 and count is not None and len(strides) == 2:
        window = sizes(filters)[:2]
        return _by_channel(
            x, _reshape(filters, sizes_of([*window, channels, count // channels])), strides, padding, dilation
        )
    if _has(len(strides), 2, max(dilation), x.dtype):
        return _run(x, filters, strides, padding, dilation)
    parts = zip(tf.split(x, groups, -1), tf.split(filters, groups, -1), strict=True)
    return tf.concat([_convolve(a, b, strides, padding, dilation) for a, b in parts], -1)


def _of_all_channels(filters: Any, channels: Any) -> Any:
    """The filters of groups as filters of all channels, zeros for those of other groups: how many groups there are is
    known when the graph runs."""
    *window, members, count = sizes(filters)
    own = tf.range(channels)[:, None] // members == tf.range(count)[None, :] // (count * members // channels)
    repeated = tf.tile(filters, sizes_of([*(1,) * len(window), channels // members, 1]))
    return tf.where(own, repeated, tf.zeros((), filters.dtype))


def _by_channel(x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]) -> Any:
    """A convolution of each channel by itself over two axes."""
    if max(dilation) > 1:
        return _undilated(
            lambda a, b, border: _by_channel(a, b, strides, border, (1, 1)), x, filters, strides, padding, dilation
        )
    if strides[0] == strides[1]:
        return _depthwise(x, filters, per_axis_of_all(tuple(strides)), padding)
    # The kernel takes equal strides only: entries that are stepped over are left out afterwards.
    if padding == "SAME":
        x = _bordered(x, sizes(filters), strides)
    return _depthwise(x, filters, [1, 1, 1, 1], "VALID")[:, :: strides[0], :: strides[1]]


def _in_space(x: Any, filters: Any, strides: Sequence[int], padding: str, dilation: Sequence[int]) -> Any:
    """A convolution of each channel by itself over three axes, for which there is no kernel of its own."""
    *window, channels, multiplier = sizes(filters)
    if type(channels) is int:
        grouped = _reshape(filters, sizes_of([*window, 1, channels * multiplier]))
        return _grouped(x, grouped, strides, padding, dilation)
    # How many groups there are is known when the graph runs: as filters of all channels, zeros for all but one.
    own = tf.linalg.matrix_transpose(filters)
    whole = tf.linalg.matrix_transpose(tf.linalg.diag(own))
    order = [0, 1, 2, 4, 5, 3]
    dense = tf.reshape(tf.transpose(whole, order), sizes_of([*window, channels, channels * multiplier]))
    return _convolve(x, dense, strides, padding, dilation)


def _bordered(x: Any, window: Sequence[Any], strides: Sequence[int]) -> Any:
    """`x` with the border that `"same"` adds for a window of some sizes, under these strides."""
    pairs = []
    for size, taps, stride in zip(sizes(x)[1:-1], window, strides, strict=False):
        total = (-(-size // stride) - 1) * stride + taps - size
        total = tf.maximum(total, 0) if isinstance(total, tf.Tensor) else max(total, 0)
        pairs.append((total // 2, total - total // 2))
    return tf.pad(x, [(0, 0), *pairs, (0, 0)])


@table.implements(ops.biased_conv)
def biased_conv(
    inputs: Any,
    kernel: Any,
    bias: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    first = standardize_data_format(data_format) == "channels_first"
    if first or inputs.dtype not in _CONVOLVED or bias.shape.rank != 1 or bias.shape[0] == 0:
        return table.composite(ops.biased_conv)(inputs, kernel, bias, strides, padding, data_format, dilation_rate)
    return _bias_add(conv(inputs, kernel, strides, padding, data_format, dilation_rate), bias)


@table.implements(ops.depthwise_conv)
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    shape = depthwise_shape(tuple(inputs.shape), tuple(kernel.shape), strides, padding, data_format, dilation_rate)
    if 0 in shape and (shape[0] == 0 or None not in shape):
        return without_entries(shape, inputs.dtype)
    if inputs.dtype not in _CONVOLVED:
        return _by_parts(
            lambda a, b: depthwise_conv(a, b, strides, padding, data_format, dilation_rate), inputs, kernel
        )
    first = standardize_data_format(data_format) == "channels_first"
    axes = inputs.shape.rank - 2
    x = channels_last(inputs, first)
    filters = tf.expand_dims(kernel, 0) if axes == 1 else kernel
    stride = doubled(per_axis(strides, axes, "strides"), 1)
    dilation = doubled(per_axis(dilation_rate, axes, "dilation_rate"), 1)
    border = read_padding(padding).upper()
    if axes == 3:
        result = _in_space(x, filters, stride, border, dilation)
    else:
        result = _by_channel(x, filters, stride, border, dilation)
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
    arguments = (strides, padding, output_padding, data_format, dilation_rate)
    geometry = conv_transposed(tuple(inputs.shape), tuple(kernel.shape), *arguments)
    if 0 in geometry.shape:
        return without_entries(geometry.shape, inputs.dtype)
    if inputs.dtype not in _CONVOLVED:
        return _by_parts(lambda a, b: conv_transpose(a, b, *arguments), inputs, kernel)
    first = standardize_data_format(data_format) == "channels_first"
    axes = inputs.shape.rank - 2
    x = channels_last(inputs, first)
    filters = tf.expand_dims(kernel, 0) if axes == 1 else kernel
    stride = doubled(per_axis(strides, axes, "strides"), 1)
    # There is no kernel for a dilation on CPUs: zeros between the entries of the filters.
    filters = _spread(filters, doubled(per_axis(dilation_rate, axes, "dilation_rate"), 1))
    crops = [_crops(kernel, i, arguments) if crop is None else crop for i, crop in enumerate(geometry.crops)]
    crops = doubled(crops, (0, 0))
    result = _of_same_padding(x, filters, stride, crops)
    if result is None:
        result = _cropped(_transposed(x, filters, stride), crops)
    return static(channels_back(result, first, axes), geometry.shape)


def _crops(kernel: Any, axis: int, arguments: tuple[Any, ...]) -> tuple[Any, Any]:
    """How much is cut off in front and behind where the number of taps is known when the graph runs."""
    strides, padding, output_padding, _, dilation_rate = arguments
    axes = kernel.shape.rank - 2
    stride = per_axis(strides, axes, "strides")[axis]
    added = None if output_padding is None else per_axis(output_padding, axes, "output_padding", least=0)[axis]
    reach = (tf.shape(kernel)[axis] - 1) * per_axis(dilation_rate, axes, "dilation_rate")[axis] + 1
    if read_padding(padding) == "valid":
        return tf.zeros_like(reach), reach - tf.maximum(reach, stride) if added is None else tf.constant(-added)
    cut = reach - stride if added is None else reach - tf.math.mod(reach, 2) - added
    front = tf.maximum(cut // 2, 0)
    return front, cut - front


def _transposed(x: Any, filters: Any, strides: Sequence[int]) -> Any:
    """The transposed convolution with all of its entries: `(size - 1) * stride + taps` along each axis."""
    batch, *spatial, _ = sizes(x)
    taps = sizes(filters)
    whole = [(n - 1) * s + t for n, s, t in zip(spatial, strides, taps, strict=False)]
    back = _back3d if len(strides) == 3 else _back2d
    return back(sizes_of([batch, *whole, taps[-2]]), filters, x, per_axis_of_all(tuple(strides)), "VALID")


def _of_same_padding(x: Any, filters: Any, strides: Sequence[int], crops: Sequence[tuple[Any, Any]]) -> Any:
    """The transposed convolution without what the kernel itself leaves out; `None` where that is not what crops are."""
    wanted = []
    for size, taps, stride, cut in zip(x.shape[1:-1], filters.shape[:-2], strides, crops, strict=True):
        if not all(type(n) is int for n in (size, taps, *cut)):
            return None
        left = (size - 1) * stride + taps - sum(cut)
        if min(cut) < 0 or cut[0] != sum(cut) // 2 or -(-left // stride) != size:
            return None
        wanted.append(left)
    back = _back3d if len(strides) == 3 else _back2d
    channels = sizes(filters)[-2]
    return back(sizes_of([sizes(x)[0], *wanted, channels]), filters, x, per_axis_of_all(tuple(strides)), "SAME")


def _cropped(x: Any, crops: Sequence[tuple[Any, Any]]) -> Any:
    """`x` with entries of its spatial axes cut off, or zeros added where there are less than none to cut."""
    if not all(type(cut) is int for pair in crops for cut in pair):
        x = tf.pad(x, [(0, 0), *((tf.maximum(-a, 0), tf.maximum(-b, 0)) for a, b in crops), (0, 0)])
        whole = sizes(x)[1:-1]
        key = [slice(tf.maximum(a, 0), n - tf.maximum(b, 0)) for (a, b), n in zip(crops, whole, strict=True)]
        return x[(slice(None), *key)]
    if any(cut < 0 for pair in crops for cut in pair):
        x = tf.pad(x, [(0, 0), *((max(-a, 0), max(-b, 0)) for a, b in crops), (0, 0)])
    if any(cut > 0 for pair in crops for cut in pair):
        x = x[(slice(None), *(slice(max(a, 0), -b if b > 0 else None) for a, b in crops))]
    return x
