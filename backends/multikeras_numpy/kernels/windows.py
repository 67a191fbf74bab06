"""Where the windows of a convolution or a pooling lie on their input.

Along one axis, tap ``t`` of window ``o`` sits on input cell ``o * stride + t * dilation - before``. Everything that the
kernels of this package need (shapes, paddings, slices) follows from that line, for any number of spatial axes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

Sizes = int | Sequence[int]
AxisTap = tuple[slice, slice]


class Windows(NamedTuple):
    """The placement of windows over a grid, one entry per spatial axis in every field."""

    inputs: tuple[int, ...]
    """Cells of the grid that the windows read."""
    outputs: tuple[int, ...]
    """Number of windows."""
    sizes: tuple[int, ...]
    """Taps of one window."""
    strides: tuple[int, ...]
    """Cells from one window to the next."""
    dilation: tuple[int, ...]
    """Cells from one tap to the next."""
    before: tuple[int, ...]
    """Padded cells in front of the first cell."""


class Tap(NamedTuple):
    """One tap of all the windows: the windows for which it falls inside the grid, and the cells it then reads."""

    index: tuple[int, ...]
    outputs: tuple[slice, ...]
    inputs: tuple[slice, ...]


def per_axis(sizes: Sizes, axes: int) -> tuple[int, ...]:
    """One size for each of the spatial axes.

    Args:
        sizes: One integer for all axes, or one for each.
        axes: Number of spatial axes.

    >>> per_axis(2, 3), per_axis([1, 2], 2)
    ((2, 2, 2), (1, 2))
    """
    if isinstance(sizes, Sequence):
        return tuple(sizes)
    return (sizes,) * axes


@lru_cache(maxsize=4096)
def place_windows(
    inputs: tuple[int, ...],
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    dilation: tuple[int, ...],
) -> Windows:
    """Windows over a grid, as a convolution or a pooling places them.

    With ``reach = (size - 1) * dilation + 1``, "valid" gives ``(cells - reach) // stride + 1`` windows, none of which
    leaves the grid (no window where the grid is too small), and "same" gives ``ceil(cells / stride)`` windows, the
    padding that they need shared between both ends with the odd cell at the far end.

    Args:
        inputs: Cells of the grid along each spatial axis.
        sizes: Taps of a window along each spatial axis.
        strides: Cells between windows.
        padding: "valid" or "same".
        dilation: Cells between taps.

    Raises:
        ValueError: If the padding is neither "valid" nor "same".

    >>> place_windows((5,), (2,), (2,), "valid", (1,)).outputs
    (2,)
    >>> place_windows((5,), (2,), (2,), "same", (1,))[1:]
    ((3,), (2,), (2,), (1,), (0,))
    """
    outputs, before = [], []
    for cells, size, stride, step in zip(inputs, sizes, strides, dilation, strict=True):
        reach = (size - 1) * step + 1
        if padding == "valid":
            outputs.append(max(0, (cells - reach) // stride + 1))
            before.append(0)
        elif padding == "same":
            count = -(-cells // stride)
            outputs.append(count)
            before.append(max(0, (count - 1) * stride + reach - cells) // 2)
        else:
            raise ValueError(f"padding must be 'valid' or 'same', received {padding!r}")
    return Windows(inputs, tuple(outputs), sizes, strides, dilation, tuple(before))


@lru_cache(maxsize=4096)
def place_transposed_windows(
    outputs: tuple[int, ...],
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    output_padding: tuple[int, ...] | None,
    dilation: tuple[int, ...],
) -> Windows:
    """Windows of the convolution whose transpose maps a grid of ``outputs`` cells to a larger one.

    The fields keep the names of that convolution, so the transposed one reads ``windows.outputs`` cells and makes
    ``windows.inputs``. With ``reach = (size - 1) * dilation + 1`` it makes
    ``(cells - 1) * stride + max(reach, stride)`` cells for "valid" and ``cells * stride`` for "same"; with an output
    padding ``p``, ``(cells - 1) * stride + reach + p`` and ``(cells - 1) * stride + reach % 2 + p``. For "same" the
    cells that are cut off are shared between both ends, the odd one at the far end.

    Args:
        outputs: Cells of the smaller grid along each spatial axis.
        sizes: Taps of a window along each spatial axis.
        strides: Cells of the larger grid per cell of the smaller one.
        padding: "valid" or "same".
        output_padding: Cells added at the far end, or None for the sizes above.
        dilation: Cells between taps.

    Raises:
        ValueError: If the padding is neither "valid" nor "same".

    >>> place_transposed_windows((4,), (3,), (2,), "same", None, (1,)).inputs
    (8,)
    >>> place_transposed_windows((4,), (3,), (2,), "valid", (1,), (1,)).inputs
    (10,)
    """
    inputs, before = [], []
    for axis, (cells, size, stride, step) in enumerate(zip(outputs, sizes, strides, dilation, strict=True)):
        reach = (size - 1) * step + 1
        start = (cells - 1) * stride
        if padding == "valid":
            extra = max(stride - reach, 0) if output_padding is None else output_padding[axis]
            made, cut = start + reach + extra, 0
        elif padding == "same":
            made = start + (stride if output_padding is None else reach % 2 + output_padding[axis])
            cut = max(0, start + reach - made) // 2
        else:
            raise ValueError(f"padding must be 'valid' or 'same', received {padding!r}")
        # From nothing nothing is made.
        inputs.append(max(0, made) if cells else 0)
        before.append(cut)
    return Windows(tuple(inputs), outputs, sizes, strides, dilation, tuple(before))


@lru_cache(maxsize=4096)
def axis_taps(windows: Windows, axis: int) -> tuple[AxisTap, ...]:
    """Slices of the windows and of the cells for every tap along one axis, without the padded cells.

    Args:
        windows: Placement of the windows.
        axis: Which of its spatial axes.

    Returns:
        For each tap a pair: the windows for which this tap is on a cell, and those cells. Both slices are empty where
        the tap is always on padding.

    >>> axis_taps(place_windows((4,), (2,), (2,), "valid", (1,)), 0)
    ((slice(0, 2, None), slice(0, 3, 2)), (slice(0, 2, None), slice(1, 4, 2)))
    """
    cells, count, stride = windows.inputs[axis], windows.outputs[axis], windows.strides[axis]
    taps = []
    for tap in range(windows.sizes[axis]):
        offset = tap * windows.dilation[axis] - windows.before[axis]
        first = max(0, -(offset // stride))
        last = min(count, (cells - 1 - offset) // stride + 1)
        if first < last:
            start = first * stride + offset
            taps.append((slice(first, last), slice(start, (last - 1) * stride + offset + 1, stride)))
        else:
            taps.append((slice(0, 0), slice(0, 0, stride)))
    return tuple(taps)


@lru_cache(maxsize=1024)
def window_taps(windows: Windows) -> tuple[Tap, ...]:
    """The taps of a window in row-major order, leaving out those that are always on padding.

    >>> taps = window_taps(place_windows((3, 3), (2, 2), (1, 1), "valid", (1, 1)))
    >>> [tap.index for tap in taps]
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    along = [axis_taps(windows, axis) for axis in range(len(windows.sizes))]
    taps = []
    for index in itertools.product(*(range(size) for size in windows.sizes)):
        pairs = [along[axis][tap] for axis, tap in enumerate(index)]
        if all(outputs.start < outputs.stop for outputs, _ in pairs):
            taps.append(Tap(index, tuple(outputs for outputs, _ in pairs), tuple(cells for _, cells in pairs)))
    return tuple(taps)


@lru_cache(maxsize=4096)
def padding_after(windows: Windows) -> tuple[int, ...]:
    """Padded cells that the windows need behind the last cell, for each spatial axis.

    >>> padding_after(place_windows((5,), (2,), (2,), "same", (1,)))
    (1,)
    """
    return tuple(
        max(0, (count - 1) * stride + (size - 1) * step + 1 - before - cells) if count else 0
        for cells, count, size, stride, step, before in zip(*windows, strict=True)
    )
