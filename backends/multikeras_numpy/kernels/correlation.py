"""The sums behind every convolution of this package, on channels-last arrays whose windows have been placed.

``correlate`` multiplies the columns of the inputs (see columns.py) with the kernel; its gradient with respect to the
kernel multiplies the transposed columns with the gradient of the outputs; ``spread``, its gradient with respect to
the inputs, multiplies that gradient with the transposed kernel and adds the products up where the windows were read.
Where every channel has a filter of its own the matrices would be vectors, and depthwise.py takes over.
"""

from __future__ import annotations

import math

import numpy as np

from multikeras_numpy.kernels import depthwise
from multikeras_numpy.kernels.columns import BLOCK_BYTES, column_blocks
from multikeras_numpy.kernels.layout import Array, accumulation_dtype, rounded_to
from multikeras_numpy.kernels.windows import Windows, window_taps

FEW_CHANNELS = 12
"""Up to this many channels per group, ``spread`` makes all products at once and not tap by tap."""


def correlate(inputs: Array, kernel: Array, windows: Windows) -> tuple[Array, Array | None]:
    """The products of a kernel with the windows of channels-last inputs, and the columns if one block held them.

    Args:
        inputs: Shape ``(batch, *windows.inputs, channels)``.
        kernel: Shape ``(*windows.sizes, channels / groups, filters)``.
        windows: Placement of the windows.

    Returns:
        Outputs of shape ``(batch, *windows.outputs, filters)``, and the columns or None.
    """
    dtype = np.result_type(inputs.dtype, kernel.dtype)
    working = accumulation_dtype(dtype)
    inputs = inputs.astype(working, copy=False)
    kernel = kernel.astype(working, copy=False)
    groups = _groups(inputs.shape[-1], kernel.shape)
    if not groups:
        return np.zeros((inputs.shape[0], *windows.outputs, kernel.shape[-1]), dtype), None
    if _is_depthwise(kernel.shape, groups):
        return rounded_to(depthwise.correlate(inputs, kernel[..., 0, :], windows), dtype), None
    weights = _weights(kernel, groups)
    outputs = np.empty((inputs.shape[0], *windows.outputs, kernel.shape[-1]), working)
    blocks = 0
    columns = None
    for where, columns in column_blocks(inputs, windows, groups):
        np.matmul(columns, weights, out=_by_group(outputs[where], groups))
        blocks += 1
    return rounded_to(outputs, dtype), columns if blocks == 1 else None


def correlate_kernel_gradient(
    inputs: Array, grad: Array, kernel_shape: tuple[int, ...], windows: Windows, columns: Array | None = None
) -> Array:
    """Gradient of ``correlate`` with respect to the kernel.

    Args:
        inputs: Shape ``(batch, *windows.inputs, channels)``.
        grad: Shape ``(batch, *windows.outputs, filters)``.
        kernel_shape: ``(*windows.sizes, channels / groups, filters)``.
        windows: Placement of the windows.
        columns: The columns of the inputs, or None.
    """
    dtype = np.result_type(inputs.dtype, grad.dtype)
    working = accumulation_dtype(dtype)
    groups = _groups(inputs.shape[-1], kernel_shape)
    if not groups:
        return np.zeros(kernel_shape, dtype)
    if _is_depthwise(kernel_shape, groups):
        inputs, grad = inputs.astype(working, copy=False), grad.astype(working, copy=False)
        total = depthwise.kernel_gradient(inputs, grad, windows)
        return rounded_to(total.reshape(kernel_shape), dtype)
    grad = np.ascontiguousarray(grad, working)
    if columns is not None and columns.dtype == working:
        total = np.matmul(columns.swapaxes(1, 2), _by_group(grad, groups))
    else:
        total = np.zeros((groups, math.prod(kernel_shape[:-1]), kernel_shape[-1] // groups), working)
        for where, part in column_blocks(inputs.astype(working, copy=False), windows, groups):
            total += np.matmul(part.swapaxes(1, 2), _by_group(grad[where], groups))
    return rounded_to(total.swapaxes(0, 1).reshape(kernel_shape), dtype)


def spread(grad: Array, kernel: Array, windows: Windows, channels: int) -> Array:
    """The transpose of ``correlate``: the values of every window, times the kernel, added to the cells that it reads.

    Args:
        grad: Shape ``(batch, *windows.outputs, filters)``.
        kernel: Shape ``(*windows.sizes, channels / groups, filters)``.
        windows: Placement of the windows.
        channels: Channels of the result.

    Returns:
        Shape ``(batch, *windows.inputs, channels)``.
    """
    dtype = np.result_type(grad.dtype, kernel.dtype)
    working = accumulation_dtype(dtype)
    kernel = kernel.astype(working, copy=False)
    groups = _groups(channels, kernel.shape)
    if not groups:
        return np.zeros((grad.shape[0], *windows.inputs, channels), dtype)
    if _is_depthwise(kernel.shape, groups):
        return rounded_to(depthwise.spread(grad.astype(working, copy=False), kernel[..., 0, :], windows), dtype)
    grad = np.ascontiguousarray(grad, working)
    weights = _weights(kernel, groups).swapaxes(1, 2)
    shape = (grad.shape[0], *windows.inputs, channels)
    if math.prod(windows.sizes) == 1 and windows.inputs == windows.outputs:
        result = np.empty(shape, working)
        np.matmul(_by_group(grad, groups), weights, out=_by_group(result, groups))
    elif channels <= FEW_CHANNELS * groups:
        result = _spread_rows(grad, weights, windows, shape)
    else:
        result = _spread_taps(grad, weights, windows, shape)
    return rounded_to(result, dtype)


def _spread_taps(grad: Array, weights: Array, windows: Windows, shape: tuple[int, ...]) -> Array:
    """``spread`` with a product per tap."""
    groups, _, depth = weights.shape
    members = shape[-1] // groups
    result = np.zeros(shape, grad.dtype)
    sample_bytes = math.prod(windows.outputs) * shape[-1] * grad.itemsize
    step = max(1, BLOCK_BYTES // 4 // max(1, sample_bytes))
    buffer = np.empty((min(step, shape[0]), *windows.outputs, shape[-1]), grad.dtype)
    per_tap = weights.reshape(groups, -1, *windows.sizes, members) if depth else weights
    for start in range(0, shape[0] if depth else 0, step):
        some = slice(start, start + step)
        part, cells = _by_group(grad[some], groups), result[some]
        values = buffer[: cells.shape[0]]
        for tap in window_taps(windows):
            np.matmul(part, per_tap[(slice(None), slice(None), *tap.index)], out=_by_group(values, groups))
            target = cells[(slice(None), *tap.inputs)]
            np.add(target, values[(slice(None), *tap.outputs)], out=target)
    return result


def _spread_rows(grad: Array, weights: Array, windows: Windows, shape: tuple[int, ...]) -> Array:
    """``spread`` for few channels: one product for all taps, then sums over long runs of cells."""
    groups = weights.shape[0]
    members = shape[-1] // groups
    batch = shape[0]
    result = np.zeros((groups, members, batch, *windows.inputs), grad.dtype)
    sample_bytes = math.prod(windows.outputs) * weights.shape[2] * groups * grad.itemsize
    step = max(1, BLOCK_BYTES // max(1, sample_bytes))
    for start in range(0, batch, step):
        some = slice(start, min(start + step, batch))
        rows = np.matmul(weights.swapaxes(1, 2), _by_group(grad[some], groups).swapaxes(1, 2))
        values = rows.reshape(groups, *windows.sizes, members, some.stop - start, *windows.outputs)
        cells = result[:, :, some]
        for tap in window_taps(windows):
            target = cells[(slice(None), slice(None), slice(None), *tap.inputs)]
            np.add(target, values[(slice(None), *tap.index, slice(None), slice(None), *tap.outputs)], out=target)
    last = result.reshape(shape[-1], *shape[:-1]).transpose(*range(1, len(shape)), 0)
    return np.ascontiguousarray(last)


def _groups(channels: int, kernel_shape: tuple[int, ...]) -> int:
    """Number of groups that a kernel splits the channels into; 0 where there are no channels."""
    return channels // kernel_shape[-2] if kernel_shape[-2] else 1


def _is_depthwise(kernel_shape: tuple[int, ...], groups: int) -> bool:
    """Whether there are several groups, each of one channel and one filter."""
    return groups > 1 and kernel_shape[-2] == 1 and kernel_shape[-1] == groups


def _weights(kernel: Array, groups: int) -> Array:
    """A kernel as matrices, shape ``(groups, taps * channels / groups, filters / groups)``."""
    filters = kernel.shape[-1]
    return kernel.reshape(math.prod(kernel.shape[:-1]), groups, filters // groups).swapaxes(0, 1)


def _by_group(values: Array, groups: int) -> Array:
    """Contiguous channels-last values as a view of matrices, shape ``(groups, cells, channels / groups)``."""
    channels = values.shape[-1]
    return values.reshape(math.prod(values.shape[:-1]), groups, channels // groups).swapaxes(0, 1)
