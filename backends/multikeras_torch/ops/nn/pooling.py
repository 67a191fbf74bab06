"""Poolings over windows by torch's kernels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import _pool_shape, per_axis, pool_shape, read_layout, read_padding
from multikeras_torch.ops.nn.windows import bordered, channels_back, channels_second, doubled, same_borders
from multikeras_torch.table import table

_POOLED = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16})


class _Windows:
    """Where the windows of a pooling lie, in the order of torch's axes."""

    def __init__(self, x: Any, pool_size: Any, strides: Any, padding: str, first: bool) -> None:
        axes = x.ndim - 2
        size = per_axis(pool_size, axes, "pool_size")
        self.axes, self.first = axes, first
        self.size = doubled(size, axes, 1)
        self.strides = doubled(size if strides is None else per_axis(strides, axes, "strides"), axes, 1)
        self.x = channels_second(x, first)
        self.front = self.back = [0] * len(self.size)
        if read_padding(padding) == "same":
            self.front, self.back = same_borders(self.x.shape[2:], self.size, self.strides, (1,) * len(self.size))


def _plain(x: Any, pool_size: Any, strides: Any, padding: str) -> bool:
    """Whether these are windows inside of images of floats, given as the layers do: nothing has to be worked out."""
    return (
        padding == "valid"
        and x.ndim == 4
        and x.dtype in _POOLED
        and x.numel()
        and type(pool_size) is tuple
        and len(pool_size) == 2
        and (strides is None or (type(strides) is tuple and len(strides) == 2))
    )


def _require_spatial(x: Any) -> None:
    if not 3 <= x.ndim <= 5:
        raise ValueError("1 to 3 spatial axes")


def _of_nothing(x: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None, op: str) -> Any:
    """The pooling of no entries, of which torch's kernels take some shapes only."""
    # Dynamo warns of caches.
    place = _pool_shape.__wrapped__ if torch.compiler.is_compiling() else pool_shape
    return x.new_zeros(place(tuple(x.shape), pool_size, strides, padding, standardize_data_format(data_format), op))


@table.implements(ops.max_pool)
def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    first = standardize_data_format(data_format) == "channels_first"
    if _plain(inputs, pool_size, strides, padding):
        try:
            if first:
                return torch.max_pool2d(inputs, pool_size, strides or pool_size)
            x = inputs.permute(0, 3, 1, 2)
            return torch.max_pool2d(x, pool_size, strides or pool_size).permute(0, 2, 3, 1)
        except RuntimeError:
            if inputs.numel():
                raise
    _require_spatial(inputs)
    if not inputs.numel():
        return _of_nothing(inputs, pool_size, strides, padding, data_format, "max_pool")
    if not inputs.is_floating_point():
        return _whole_max_pool(inputs, pool_size, strides, padding, first)
    if inputs.dtype.itemsize == 1:
        return max_pool(inputs.to(torch.float32), pool_size, strides, padding, data_format).to(inputs.dtype)
    windows = _Windows(inputs, pool_size, strides, padding, first)
    x, border = windows.x, windows.front
    if border != windows.back:
        x, border = bordered(x, windows.front, windows.back, -math.inf), 0
    pool = functional.max_pool3d if windows.axes == 3 else functional.max_pool2d
    return channels_back(pool(x, windows.size, windows.strides, border), first, windows.axes)


def _whole_max_pool(inputs: Any, pool_size: Any, strides: Any, padding: str, first: bool) -> Any:
    """Of integers, for which torch has no kernel: the largest along the axes of windows."""
    if inputs.dtype is torch.bool:
        return _whole_max_pool(inputs.to(torch.uint8), pool_size, strides, padding, first).to(torch.bool)
    if inputs.dtype is torch.uint64:
        ordered = inputs.to(torch.int64) ^ -(2**63)
        return (_whole_max_pool(ordered, pool_size, strides, padding, first) ^ -(2**63)).to(torch.uint64)
    if inputs.dtype in (torch.uint16, torch.uint32):
        return _whole_max_pool(inputs.to(torch.int64), pool_size, strides, padding, first).to(inputs.dtype)
    windows = _Windows(inputs, pool_size, strides, padding, first)
    x = bordered(windows.x, windows.front, windows.back, torch.iinfo(inputs.dtype).min)
    for axis, (size, stride) in enumerate(zip(windows.size, windows.strides, strict=True), 2):
        x = x.unfold(axis, size, stride)
    return channels_back(torch.amax(x, tuple(range(-len(windows.size), 0))), first, windows.axes)


@table.implements(ops.average_pool)
def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    first = standardize_data_format(data_format) == "channels_first"
    if _plain(inputs, pool_size, strides, padding):
        if first:
            return functional.avg_pool2d(inputs, pool_size, strides or pool_size)
        x = inputs.permute(0, 3, 1, 2)
        return functional.avg_pool2d(x, pool_size, strides or pool_size).permute(0, 2, 3, 1)
    _require_spatial(inputs)
    if not inputs.numel():
        return _of_nothing(inputs, pool_size, strides, padding, data_format, "average_pool")
    if inputs.dtype.itemsize == 1 or inputs.is_complex():
        return _by_parts(inputs, pool_size, strides, padding, data_format)
    windows = _Windows(inputs, pool_size, strides, padding, first)
    pool = functional.avg_pool3d if windows.axes == 3 else functional.avg_pool2d
    if windows.axes == 3 and inputs.dtype.itemsize == 2 and inputs.is_cpu:
        return _by_parts(inputs, pool_size, strides, padding, data_format)
    # The kernel of three axes takes no window that is larger than the images without their border.
    wide = windows.axes == 3 and any(n > size for n, size in zip(windows.size, windows.x.shape[2:], strict=True))
    if windows.front == windows.back and not wide:
        result = pool(windows.x, windows.size, windows.strides, windows.front, count_include_pad=False)
    else:
        x = bordered(windows.x, windows.front, windows.back)
        result = pool(x, windows.size, windows.strides) * _shares(windows, x)
    return channels_back(result, first, windows.axes)


def _by_parts(inputs: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None) -> Any:
    if inputs.is_complex():
        parts = (average_pool(x, pool_size, strides, padding, data_format) for x in (inputs.real, inputs.imag))
        return torch.complex(*parts)
    return average_pool(inputs.to(torch.float32), pool_size, strides, padding, data_format).to(inputs.dtype)


def _shares(windows: _Windows, x: Any) -> Any:
    """The size of a window divided by how many of its entries lie inside the inputs."""
    factor = np.ones(())
    for inside, front, size, stride in zip(
        windows.x.shape[2:], windows.front, windows.size, windows.strides, strict=True
    ):
        starts = np.arange(-(-inside // stride)) * stride - front
        counts = np.minimum(starts + size, inside) - np.maximum(starts, 0)
        factor = factor[..., None] * (size / counts)
    return torch.as_tensor(factor, dtype=x.dtype, device=x.device)


def _adaptive(inputs: Any, output_size: Any, data_format: str | None, kind: str) -> Any:
    layout = read_layout(tuple(inputs.shape), data_format, f"adaptive_{kind}_pool")
    axes = len(layout.spatial)
    counts = per_axis(output_size, axes, "output_size")
    if 0 in layout.spatial:
        raise ValueError("nothing to cover")
    name = f"adaptive_{'avg' if kind == 'average' else kind}_pool{3 if axes == 3 else 2}d"
    if not inputs.numel():
        return inputs.new_zeros(layout.shape(counts, layout.channels))
    result = getattr(functional, name)(channels_second(inputs, layout.first), doubled(counts, axes, 1))
    return channels_back(result, layout.first, axes)


@table.implements(ops.adaptive_average_pool)
def adaptive_average_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    if inputs.dtype not in _POOLED:
        return table.composite(ops.adaptive_average_pool)(inputs, output_size, data_format)
    return _adaptive(inputs, output_size, data_format, "average")


@table.implements(ops.adaptive_max_pool)
def adaptive_max_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    if inputs.dtype not in _POOLED:
        return table.composite(ops.adaptive_max_pool)(inputs, output_size, data_format)
    return _adaptive(inputs, output_size, data_format, "max")
