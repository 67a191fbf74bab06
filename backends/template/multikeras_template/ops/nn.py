"""Convolutions and poolings: one primitive lays out all windows, another adds them up again, and each is the other's
gradient."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.extend import defvjp, primitive

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import conv_shape, conv_transposed, per_axis, pool_shape, read_padding
from multikeras_template.precision import in_float32
from multikeras_template.table import table


@primitive
def windows(x: Any, taps: Sequence[int], strides: Sequence[int], dilation: Sequence[int]) -> Any:
    """The windows of `x` of shape `(batch, *spatial, channels)`, in shape `(batch, *places, *taps, channels)`."""
    axes = tuple(range(1, x.ndim - 1))
    reach = [(n - 1) * d + 1 for n, d in zip(taps, dilation, strict=True)]
    every = np.lib.stride_tricks.sliding_window_view(x, reach, axes)
    steps = (1, *strides, 1, *dilation)
    return np.moveaxis(every[tuple(slice(None, None, step) for step in steps)], len(axes) + 1, -1)


@primitive
def overlapped(cells: Any, sizes: Sequence[int], strides: Sequence[int], dilation: Sequence[int]) -> Any:
    """Windows as `windows` lays them out, added up in a tensor with spatial axes of these sizes."""
    count = len(sizes)
    result = np.zeros((cells.shape[0], *sizes, cells.shape[-1]), cells.dtype)
    places, taps = cells.shape[1 : count + 1], cells.shape[count + 1 : -1]
    for tap in np.ndindex(*taps):
        first = [t * d for t, d in zip(tap, dilation, strict=True)]
        spans = [slice(f, f + (n - 1) * s + 1, s) for f, n, s in zip(first, places, strides, strict=True)]
        result[(slice(None), *spans)] += cells[(slice(None),) * (count + 1) + tap]
    return result


defvjp(windows, lambda result, x, taps, s, d: lambda g: overlapped(g, x.shape[1:-1], s, d))
defvjp(overlapped, lambda result, cells, sizes, s, d: lambda g: windows(g, cells.shape[len(sizes) + 1 : -1], s, d))


def _channels_last(function: Callable) -> Callable:
    """A function of tensors with channels last, for both formats."""

    def run(inputs: Any, *arguments: Any) -> Any:
        if standardize_data_format(arguments[-1]) == "channels_last":
            return function(inputs, *arguments[:-1])
        return anp.moveaxis(function(anp.moveaxis(inputs, 1, -1), *arguments[:-1]), -1, 1)

    return run


def _windows(x: Any, taps: Any, strides: Any, dilation: Any, padding: str, value: Any = 0) -> Any:
    """The windows of `x` with what "same" adds: as much at the end as at the front, or one entry more."""
    if read_padding(padding) == "same":
        widths = [(0, 0)]
        for size, n, stride, rate in zip(x.shape[1:-1], taps, strides, dilation, strict=True):
            missing = max((-(-size // stride) - 1) * stride + (n - 1) * rate + 1 - size, 0)
            widths.append((missing // 2, missing - missing // 2))
        x = anp.pad(x, [*widths, (0, 0)], "constant", constant_values=value)
    return windows(x, taps, strides, dilation)


@in_float32
def _conv(x: Any, kernel: Any, strides: Any, padding: str, dilation: Any) -> Any:
    *taps, members, filters = kernel.shape
    cells = _windows(x, taps, strides, dilation, padding)
    batch_places, groups, length = cells.shape[: len(taps) + 1], x.shape[-1] // members, math.prod(taps)
    # For each group of channels a product of matrices: places by taps, taps by filters.
    rows = anp.reshape(cells, (math.prod(batch_places), length, groups, members))
    rows = anp.reshape(anp.transpose(rows, (2, 0, 1, 3)), (groups, math.prod(batch_places), length * members))
    columns = anp.reshape(kernel, (length * members, groups, filters // groups))
    product = anp.matmul(rows, anp.transpose(columns, (1, 0, 2)))
    return anp.reshape(anp.transpose(product, (1, 0, 2)), (*batch_places, filters))


@table.implements(ops.conv)
def conv(inputs: Any, kernel: Any, strides: Any, padding: str, data_format: Any, dilation_rate: Any) -> Any:
    conv_shape(inputs.shape, kernel.shape, strides, padding, data_format, dilation_rate)
    steps, rates = (per_axis(value, inputs.ndim - 2, "") for value in (strides, dilation_rate))
    return _channels_last(_conv)(inputs, kernel, steps, padding, rates, data_format)


@in_float32
def _conv_transpose(x: Any, kernel: Any, strides: Any, dilation: Any, crops: Any) -> Any:
    taps = kernel.shape[:-2]
    cells = anp.tensordot(x, kernel, [[x.ndim - 1], [kernel.ndim - 1]])
    # Crops below zero are padding.
    sizes = [
        (n and (n - 1) * s + (k - 1) * d + 1) - min(front, 0) - min(end, 0)
        for n, s, k, d, (front, end) in zip(x.shape[1:-1], strides, taps, dilation, crops, strict=True)
    ]
    whole = overlapped(cells, sizes, strides, dilation)
    kept = [slice(front, n - max(end, 0)) for n, (front, end) in zip(sizes, crops, strict=True)]
    return whole[(slice(None), *kept)]


@table.implements(ops.conv_transpose)
def conv_transpose(
    inputs: Any, kernel: Any, strides: Any, padding: str, output_padding: Any, data_format: Any, dilation_rate: Any
) -> Any:
    given = (strides, padding, output_padding, data_format, dilation_rate)
    crops = conv_transposed(inputs.shape, kernel.shape, *given).crops
    steps, rates = (per_axis(value, inputs.ndim - 2, "") for value in (strides, dilation_rate))
    return _channels_last(_conv_transpose)(inputs, kernel, steps, rates, crops, data_format)


def _max_pool(x: Any, taps: Any, strides: Any, padding: str) -> Any:
    lowest = -np.inf if x.dtype.kind in "fV" else x.dtype.kind != "b" and np.iinfo(x.dtype).min
    cells = _windows(x, taps, strides, (1,) * len(taps), padding, lowest)
    return anp.max(cells, axis=tuple(range(x.ndim - 1, cells.ndim - 1)), keepdims=False)


@in_float32
def _average_pool(x: Any, taps: Any, strides: Any, padding: str) -> Any:
    def total(x: Any) -> Any:
        cells = _windows(x, taps, strides, (1,) * len(taps), padding)
        return anp.sum(cells, axis=tuple(range(x.ndim - 1, cells.ndim - 1)))

    # What lies in the padding does not count.
    return total(x) / total(np.ones((1, *x.shape[1:-1], 1), x.dtype))


def _pool(function: Callable, name: str) -> Callable:
    def pool(inputs: Any, pool_size: Any, strides: Any, padding: str, data_format: Any) -> Any:
        pool_shape(inputs.shape, pool_size, strides, padding, data_format, name)
        taps = per_axis(pool_size, inputs.ndim - 2, "")
        steps = taps if strides is None else per_axis(strides, inputs.ndim - 2, "")
        return _channels_last(function)(inputs, taps, steps, padding, data_format)

    return pool


table.alias(max_pool=_pool(in_float32(_max_pool), "max_pool"), average_pool=_pool(_average_pool, "average_pool"))
