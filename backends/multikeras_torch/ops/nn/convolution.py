"""Convolutions by torch's kernels."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.errors import ArgumentError
from multikeras.ops.nn._windows import (
    _conv_transposed,
    conv_shape,
    conv_transposed,
    depthwise_shape,
    per_axis,
    read_padding,
)
from multikeras_torch.ops.nn.windows import bordered, channels_back, channels_second, doubled, same_borders
from multikeras_torch.table import table

table.takes_tensors_only("biased_conv", "conv", "conv_transpose", "depthwise_conv", "separable_conv")
_CONVOLVED = frozenset({torch.float32, torch.bfloat16, torch.float64, torch.complex64, torch.complex128})


def _convolved(x: Any) -> bool:
    """Whether torch's kernels are right for a dtype: those of float16 on CPUs are wrong for some sizes."""
    return x.dtype in _CONVOLVED or (x.dtype is torch.float16 and not x.is_cpu)


def _of_any_dtype(convolve: Any, inputs: Any, kernel: Any) -> Any:
    """A convolution, also of integers and 8-bit floats."""
    if _convolved(inputs):
        return convolve(inputs, kernel)
    # Accelerators have no kernels for integers: exact up to 2**53.
    whole = torch.int64 if inputs.is_cpu else torch.float64
    wide = torch.float32 if inputs.is_floating_point() else whole
    return convolve(inputs.to(wide), kernel.to(wide)).to(inputs.dtype)


def _convolve(
    inputs: Any,
    kernel: Any,
    strides: Any,
    padding: str,
    first: bool,
    dilation_rate: Any,
    groups: int,
    bias: Any = None,
) -> Any:
    """A convolution with a kernel of shape `(filters, channels / groups, *window)`."""
    axes = inputs.ndim - 2
    x = channels_second(inputs, first)
    if axes == 1:
        kernel = kernel.unsqueeze(2)
    stride = doubled(per_axis(strides, axes, "strides"), axes, 1)
    dilation = doubled(per_axis(dilation_rate, axes, "dilation_rate"), axes, 1)
    border: Any = 0
    if read_padding(padding) == "same":
        border, back = same_borders(x.shape[2:], kernel.shape[2:], stride, dilation)
        if border != back:
            x, border = bordered(x, border, back), 0
    convolve = functional.conv3d if axes == 3 else functional.conv2d
    return channels_back(convolve(x, kernel, bias, stride, border, dilation, groups), first, axes)


def _images(x: Any, kernel: Any, bias: Any, strides: Any, padding: str, first: bool, dilation_rate: Any) -> Any:
    """A convolution over images, without a look at what needs none; `None` where there is more to it."""
    if type(strides) is not tuple or type(dilation_rate) is not tuple or len(strides) != 2 or len(dilation_rate) != 2:
        return None
    height, width, members, _ = kernel.shape
    border: Any = 0
    if padding == "same" and strides == (1, 1):
        above, left = (height - 1) * dilation_rate[0], (width - 1) * dilation_rate[1]
        if above % 2 or left % 2:
            return None
        border = (above // 2, left // 2)
    elif padding != "valid":
        return None
    channels = x.shape[1 if first else 3]
    if not members or channels % members:
        return None
    filters = kernel.permute(3, 2, 0, 1)
    if first:
        return torch.conv2d(x, filters, bias, strides, border, dilation_rate, channels // members)
    result = torch.conv2d(x.permute(0, 3, 1, 2), filters, bias, strides, border, dilation_rate, channels // members)
    return result.permute(0, 2, 3, 1)


def _filters_first(kernel: Any) -> Any:
    """A kernel with its last axis in front, then the one before it."""
    axes = kernel.ndim - 2
    return kernel.permute(axes + 1, axes, *range(axes))


@table.implements(ops.conv)
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    first = standardize_data_format(data_format) == "channels_first"
    try:
        if inputs.ndim == 4 and kernel.ndim == 4 and _convolved(inputs):
            result = _images(inputs, kernel, None, strides, padding, first, dilation_rate)
            if result is not None:
                return result
        channels, members = inputs.shape[1 if first else -1], kernel.shape[-2]
        if kernel.ndim != inputs.ndim or not members or channels % members:
            raise ValueError("not a kernel for these inputs")
        groups = channels // members

        def run(x: Any, filters: Any) -> Any:
            return _convolve(x, filters, strides, padding, first, dilation_rate, groups)

        return _of_any_dtype(run, inputs, _filters_first(kernel))
    except (RuntimeError, ArgumentError):
        # Torch has no convolutions without filters, or along an empty axis.
        shape = conv_shape(tuple(inputs.shape), tuple(kernel.shape), strides, padding, data_format, dilation_rate)
        if 0 not in shape:
            raise
        return inputs.new_zeros(shape)


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
    if not _convolved(inputs) or kernel.ndim != inputs.ndim:
        return table.composite(ops.biased_conv)(inputs, kernel, bias, strides, padding, data_format, dilation_rate)
    first = standardize_data_format(data_format) == "channels_first"
    try:
        if inputs.ndim == 4:
            result = _images(inputs, kernel, bias, strides, padding, first, dilation_rate)
            if result is not None:
                return result
        channels, members = inputs.shape[1 if first else -1], kernel.shape[-2]
        if not members or channels % members:
            raise ValueError("not a kernel for these inputs")
        groups = channels // members
        return _convolve(inputs, _filters_first(kernel), strides, padding, first, dilation_rate, groups, bias)
    except RuntimeError:
        if kernel.numel() and inputs.numel():
            raise
        return table.composite(ops.biased_conv)(inputs, kernel, bias, strides, padding, data_format, dilation_rate)


@table.implements(ops.depthwise_conv)
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    first = standardize_data_format(data_format) == "channels_first"
    channels = inputs.shape[1 if first else -1]
    if kernel.ndim != inputs.ndim or kernel.shape[-2] != channels:
        raise ValueError("not a kernel for these inputs")
    axes, window = inputs.ndim - 2, kernel.shape[:-2]
    made = channels * kernel.shape[-1]

    def run(x: Any, filters: Any) -> Any:
        return _convolve(x, filters, strides, padding, first, dilation_rate, x.shape[1 if first else -1])

    try:
        if not made:
            # Torch has no convolutions without filters: one of which nothing is taken has the shape of the rest.
            sizes = [inputs.shape[0], *inputs.shape[2:]] if first else list(inputs.shape[:-1])
            one = inputs.new_zeros([sizes[0], 1, *sizes[1:]] if first else [*sizes, 1])
            return _of_any_dtype(run, one, kernel.new_zeros((1, 1, *window))).narrow(1 if first else -1, 0, 0)
        filters = kernel.permute(axes, axes + 1, *range(axes)).reshape(made, 1, *window)
        return _of_any_dtype(run, inputs, filters)
    except RuntimeError:
        # Nor along an empty axis.
        shape = depthwise_shape(tuple(inputs.shape), tuple(kernel.shape), strides, padding, data_format, dilation_rate)
        if 0 not in shape:
            raise
        return inputs.new_zeros(shape)


@table.implements(ops.separable_conv)
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    if any(size != 1 for size in pointwise_kernel.shape[:-2]):
        raise ValueError("a pointwise kernel")
    made = depthwise_kernel.shape[-2] * depthwise_kernel.shape[-1]
    if pointwise_kernel.shape[-2] != made:
        raise ValueError("a kernel for other channels")
    middle = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(middle, pointwise_kernel, 1, "valid", data_format, 1)


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
    # Dynamo warns of caches.
    place = _conv_transposed.__wrapped__ if torch.compiler.is_compiling() else conv_transposed
    data_format = standardize_data_format(data_format)
    geometry = place(
        tuple(inputs.shape), tuple(kernel.shape), strides, padding, output_padding, data_format, dilation_rate
    )
    if 0 in geometry.shape or not kernel.numel():
        return inputs.new_zeros(geometry.shape)
    first = data_format == "channels_first"
    axes = inputs.ndim - 2
    crops: list[Any] = list(geometry.crops)
    if axes == 1:
        crops = [(0, 0), *crops]
    stride = doubled(per_axis(strides, axes, "strides"), axes, 1)
    dilation = doubled(per_axis(dilation_rate, axes, "dilation_rate"), axes, 1)
    # Torch cuts as much off at one end as at the other, and adds at the far end less than a stride or a dilation. The
    # rest is cut off, or added, here.
    border = [max(min(front, back), 0) for front, back in crops]
    extra = []
    for (_, back), b, s, d in zip(crops, border, stride, dilation, strict=True):
        added = max(b - back, 0)
        extra.append(added if added < max(s, d) else 0)
    convolve = functional.conv_transpose3d if axes == 3 else functional.conv_transpose2d

    def run(data: Any, weight: Any) -> Any:
        x = channels_second(data, first)
        return convolve(x, weight.unsqueeze(2) if axes == 1 else weight, None, stride, border, extra, 1, dilation)

    result = _of_any_dtype(run, inputs, _filters_first(kernel))
    front = [front - b for (front, _), b in zip(crops, border, strict=True)]
    back = [back - b + e for (_, back), b, e in zip(crops, border, extra, strict=True)]
    if any(cut < 0 for cut in (*front, *back)):
        result = bordered(result, [max(-cut, 0) for cut in front], [max(-cut, 0) for cut in back])
    for axis, (before, behind) in enumerate(zip(front, back, strict=True), 2):
        if before > 0 or behind > 0:
            before = max(before, 0)
            result = result.narrow(axis, before, result.shape[axis] - before - max(behind, 0))
    return channels_back(result, first, axes)
