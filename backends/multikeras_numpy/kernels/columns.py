"""The windows of an input laid out as the rows of a matrix, so that a convolution is one matrix product.

The matrix is made in blocks of a few megabytes: the product then reads it from the cache and not from memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from multikeras_numpy.kernels.layout import Array
from multikeras_numpy.kernels.windows import Windows, padding_after

BLOCK_BYTES = 4 << 20
"""Bytes of columns that are made at a time."""

FEW_CHANNELS = 4
"""Up to this many channels per group, columns are written one tap and channel after the other."""


class ColumnBlock(NamedTuple):
    """The columns of some of the windows.

    ``values`` has the shape ``(groups, windows, taps * channels)``, the last axis in the order of a kernel's axes;
    ``where`` picks those windows from an array of shape ``(batch, *outputs, ...)``.
    """

    where: tuple[slice, slice]
    values: Array


def padded(inputs: Array, windows: Windows) -> Array:
    """The inputs with the zeros that the windows read around them; the inputs themselves if there are none.

    Args:
        inputs: Shape ``(batch, *windows.inputs, channels)``.
        windows: Placement of the windows.
    """
    after = padding_after(windows)
    if not any(windows.before) and not any(after):
        return inputs
    batch, *_, channels = inputs.shape
    sizes = [front + cells + back for front, cells, back in zip(windows.before, windows.inputs, after, strict=True)]
    result = np.zeros((batch, *sizes, channels), inputs.dtype)
    inside = tuple(slice(front, front + cells) for front, cells in zip(windows.before, windows.inputs, strict=True))
    result[(slice(None), *inside)] = inputs
    return result


def window_view(inputs: Array, windows: Windows, groups: int = 1) -> Array:
    """All windows of padded inputs, as a view.

    Args:
        inputs: Shape ``(batch, *padded, channels)``, from ``padded``.
        windows: Placement of the windows.
        groups: Number of groups into which the channels are split.

    Returns:
        Shape ``(batch, *outputs, groups, *sizes, channels / groups)``; not to be written to.

    >>> from multikeras_numpy.kernels.windows import place_windows
    >>> windows = place_windows((4,), (2,), (1,), "valid", (1,))
    >>> window_view(np.arange(4.0).reshape(1, 4, 1), windows)[0, :, 0, :, 0]
    array([[0., 1.],
           [1., 2.],
           [2., 3.]])
    """
    batch, *_, channels = inputs.shape
    batch_stride, *spatial_strides, channel_stride = inputs.strides
    members = channels // groups
    shape = (batch, *windows.outputs, groups, *windows.sizes, members)
    strides = (
        batch_stride,
        *(step * stride for step, stride in zip(spatial_strides, windows.strides, strict=True)),
        members * channel_stride,
        *(step * dilation for step, dilation in zip(spatial_strides, windows.dilation, strict=True)),
        channel_stride,
    )
    return as_strided(inputs, shape, strides, writeable=False)


def column_blocks(inputs: Array, windows: Windows, groups: int) -> Iterator[ColumnBlock]:
    """Yield the columns of all windows, a block at a time.

    The memory of a block is used again for the next one.

    Args:
        inputs: Shape ``(batch, *windows.inputs, channels)``.
        windows: Placement of the windows.
        groups: Number of groups into which the channels are split.
    """
    # Channels-first inputs are viewed here with their channels last; windows of the view would be read in tiny steps.
    inputs = padded(np.ascontiguousarray(inputs), windows)
    view = window_view(inputs, windows, groups)
    axes = len(windows.sizes)
    depth = math.prod(view.shape[axes + 2 :])
    row_windows = math.prod(windows.outputs[1:])
    if math.prod(windows.sizes) == 1:
        count = inputs.shape[0] * windows.outputs[0] * row_windows
        # Nothing is repeated, so the columns are as small as the inputs, and mostly a view of them.
        yield ColumnBlock((slice(None), slice(None)), view.reshape(count, groups, depth).swapaxes(0, 1))
        return
    tap_major = inputs.shape[-1] <= FEW_CHANNELS * groups
    if tap_major:
        # Long runs along the last spatial axis are copied, and the product takes the matrix transposed.
        view = view.transpose(*range(axes + 1, view.ndim), *range(axes + 1))
        first = axes + 2
    else:
        first = 0
    buffer = np.empty(0, inputs.dtype)
    row_bytes = row_windows * groups * depth * inputs.itemsize
    for where in _blocks(inputs.shape[0], windows.outputs[0], row_bytes):
        count = (where[0].stop - where[0].start) * (where[1].stop - where[1].start) * row_windows
        part = view[(slice(None),) * first + where]
        if buffer.shape != part.shape:
            buffer = np.empty(part.shape, inputs.dtype)
        np.copyto(buffer, part)
        if tap_major:
            yield ColumnBlock(where, buffer.reshape(groups, depth, count).swapaxes(1, 2))
        else:
            yield ColumnBlock(where, buffer.reshape(count, groups, depth).swapaxes(0, 1))


def _blocks(batch: int, rows: int, row_bytes: int) -> Iterator[tuple[slice, slice]]:
    """Yield slices of samples, and of rows where one sample alone is larger than a block."""
    if batch * rows == 0:
        return
    if rows * row_bytes <= BLOCK_BYTES:
        for samples in _even_slices(batch, BLOCK_BYTES // max(1, rows * row_bytes)):
            yield samples, slice(0, rows)
        return
    for sample in range(batch):
        for some in _even_slices(rows, BLOCK_BYTES // row_bytes):
            yield slice(sample, sample + 1), some


def _even_slices(count: int, largest: int) -> Iterator[slice]:
    """Yield slices of about equal length, at most ``largest`` (but never less than one), that cover a range."""
    pieces = -(-count // max(1, largest))
    step = -(-count // pieces)
    for start in range(0, count, step):
        yield slice(start, min(start + step, count))
