"""Images by TensorFlow's kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.image.blurring import blurred_by_convolution
from multikeras.ops.image.colors import SHARES
from multikeras.ops.image.edges import edges_by_convolution
from multikeras.ops.nn._windows import per_axis, read_padding
from multikeras_tensorflow.gradients import readable, values_alone
from multikeras_tensorflow.host_memory import extremes
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import kernel

_WIDE_COLORS = frozenset({tf.float32, tf.float64})
_COLORS = _WIDE_COLORS | {tf.float16, tf.bfloat16}


@tf.custom_gradient
def _to_rgb(images: tf.Tensor) -> Any:
    """TensorFlow's kernel, for hues from 0 to 1. It has no gradient."""

    def gradient(upstream: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(images)
            result = table.composite(ops.image.hsv_to_rgb)(images, "channels_last")
        return tape.gradient(result, images, [upstream])

    return tf.image.hsv_to_rgb(images), gradient


def _whole_turns(images: Any) -> bool:
    """Whether all entries, and so all hues, lie from 0 to 1. Nothing is written, which takes longer than to look."""
    least, largest = extremes(images)
    return least >= 0 and largest <= 1


@table.implements(ops.image.hsv_to_rgb)
def hsv_to_rgb(images: Any, data_format: str | None = None) -> Any:
    last = standardize_data_format(data_format) == "channels_last"
    if not last or images.dtype not in _COLORS or images.shape.rank not in (3, 4) or images.shape[-1] != 3:
        return table.composite(ops.image.hsv_to_rgb)(images, data_format)
    if readable(images) and _whole_turns(images):
        return tf.image.hsv_to_rgb(images)
    turned = images - tf.floor(images) * tf.constant([1, 0, 0], images.dtype)
    if values_alone(images):
        return tf.image.hsv_to_rgb(turned)
    return _to_rgb(turned)


@table.implements(ops.image.rgb_to_hsv)
def rgb_to_hsv(images: Any, data_format: str | None = None) -> Any:
    last = standardize_data_format(data_format) == "channels_last"
    fits = images.dtype in _WIDE_COLORS and images.shape.rank in (3, 4) and images.shape[-1] == 3
    # The kernel takes what is below 0 for black, and knows no nan.
    if last and fits and readable(images) and _whole_turns(images):
        return tf.image.rgb_to_hsv(images)
    return table.composite(ops.image.rgb_to_hsv)(images, data_format)


@table.implements(ops.image.rgb_to_grayscale)
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Any:
    last = standardize_data_format(data_format) == "channels_last"
    fits = (
        images.dtype is tf.float32 and images.shape.rank in (3, 4) and images.shape[-1] == 3 and 0 not in images.shape
    )
    if not last or not fits or not values_alone(images):
        return table.composite(ops.image.rgb_to_grayscale)(images, data_format)
    batch = images if images.shape.rank == 4 else images[None]
    # A convolution of one pixel, which takes a third of a product of matrices.
    result = tf.nn.conv2d(batch, tf.reshape(tf.constant(SHARES), [1, 1, 3, 1]), 1, "VALID")
    return result if images.shape.rank == 4 else result[0]


_resized = kernel("ResizeBilinear")


@table.implements(ops.image.resize)
def resize(images: Any, size: Any, interpolation: str = "bilinear", antialias: bool = False, *rest: Any) -> Any:
    fits, pads, fill_mode, _, data_format = rest
    plain = interpolation == "bilinear" and not (antialias or fits or pads) and fill_mode == "constant"
    last = standardize_data_format(data_format) == "channels_last"
    known = images.dtype is tf.float32 and images.shape.rank in (3, 4) and 0 not in images.shape
    # Its gradient is one of a kernel that has none.
    if not plain or not last or not known or not values_alone(images):
        return table.composite(ops.image.resize)(images, size, interpolation, antialias, *rest)
    height, width = (int(entry.__index__()) for entry in size)
    if height < 1 or width < 1:
        raise ValueError("a size from 1 on")
    batch = images if images.shape.rank == 4 else images[None]
    result = _resized(batch, tf.constant([height, width]), False, True)
    return result if images.shape.rank == 4 else result[0]


def _indices(count: int, size: int, stride: int, rate: int) -> np.ndarray:
    """The entries of each of `count` windows."""
    return (np.arange(count)[:, None] * stride + np.arange(size) * rate).astype(np.int32)


@table.implements(ops.image.extract_patches)
def extract_patches(
    images: Any,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    # Its kernel for patches takes 0.9 s for what gathering rows does in 0.1.
    last = standardize_data_format(data_format) == "channels_last"
    if last and images.shape.rank in (3, 4) and (not isinstance(size, (list, tuple)) or len(size) == 2):
        sizes = per_axis(size, 2, "size")
        steps = sizes if strides is None else per_axis(strides, 2, "strides")
        rates = per_axis(dilation_rate, 2, "dilation_rate")
        if not {None, 0} & {*images.shape[-3:]} and (steps != sizes or rates != (1, 1)):
            return _gathered(images, sizes, steps, rates, read_padding(padding) == "same")
    return table.composite(ops.image.extract_patches)(images, size, strides, dilation_rate, padding, data_format)


def _gathered(x: Any, sizes: Any, steps: Any, rates: Any, same: bool) -> Any:
    axis = x.shape.rank - 3
    reach = [(size - 1) * rate + 1 for size, rate in zip(sizes, rates, strict=True)]
    if same:
        widths = [[0, 0]] * (axis + 3)
        for i, (have, step, taps) in enumerate(zip(x.shape[axis : axis + 2], steps, reach, strict=True), axis):
            lacking = max((-(-have // step) - 1) * step + taps - have, 0)
            widths[i] = [lacking // 2, lacking - lacking // 2]
        x = tf.pad(x, widths)
    height, width, channels = x.shape[axis:]
    rows, columns = ((have - taps) // step + 1 for have, taps, step in zip((height, width), reach, steps, strict=True))
    if rows < 1 or columns < 1:
        raise ValueError("a patch is larger than the images")
    batch = tf.shape(x)[:axis]
    across = _indices(columns, sizes[1], steps[1], rates[1]).reshape(-1)
    x = tf.gather(x, across, axis=axis + 1)
    x = tf.reshape(x, tf.concat([batch, [height * columns, sizes[1] * channels]], 0))
    down = _indices(rows, sizes[0], steps[0], rates[0])[:, None] * columns + np.arange(columns, dtype=np.int32)[:, None]
    x = tf.gather(x, down.reshape(-1), axis=axis)
    return tf.reshape(x, tf.concat([batch, [rows, columns, sizes[0] * sizes[1] * channels]], 0))


table.implements(ops.image.gaussian_blur)(blurred_by_convolution)
table.implements(ops.image.sobel_edges)(edges_by_convolution)


_projected = kernel("ImageProjectiveTransformV3")


@table.implements(ops.image.affine_transform)
def affine_transform(
    images: Any, transform: Any, interpolation: str, fill_mode: str, fill_value: float, data_format: str | None
) -> Any:
    plain = interpolation == "bilinear" and fill_mode == "constant" and type(fill_value) in (int, float)
    last = standardize_data_format(data_format) == "channels_last"
    fits = images.dtype is tf.float32 and transform.dtype is tf.float32 and images.shape.rank in (3, 4)
    # Its gradient is one of the images alone, and has none.
    if not plain or not last or not fits or 0 in images.shape or not values_alone(images, transform):
        return table.composite(ops.image.affine_transform)(
            images, transform, interpolation, fill_mode, fill_value, data_format
        )
    batch = images if images.shape.rank == 4 else images[None]
    each = transform if transform.shape.rank == 2 else transform[None]
    if each.shape.rank != 2 or each.shape[1] != 8 or each.shape[0] not in (1, batch.shape[0]):
        raise ValueError("eight numbers for each image")
    size = tf.constant(batch.shape.as_list()[1:3])
    result = _projected(batch, each, size, tf.constant(float(fill_value)), "BILINEAR", "CONSTANT")
    return result if images.shape.rank == 4 else result[0]
