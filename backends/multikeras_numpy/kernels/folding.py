"""Windows of a pooling, combined along one spatial axis.

A window is a box, so a pooling is done along one axis after the other: the work grows with the sum of the window's
sizes and not with their product, and no axis needs to be moved. Padded cells are left out.
"""

from __future__ import annotations

import numpy as np

from multikeras_numpy.kernels.layout import Array, is_channels_first, spatial_shape
from multikeras_numpy.kernels.windows import Sizes, Windows, axis_taps, per_axis, place_windows

EVERY = slice(None)


def pooling_windows(
    shape: tuple[int, ...], pool_size: Sizes, strides: Sizes | None, padding: str, data_format: str
) -> tuple[Windows, int]:
    """The windows of a pooling, and which axis of its arrays is the first spatial one.

    Args:
        shape: Shape of the inputs.
        pool_size: Cells of a window.
        strides: Cells between windows; None for ``pool_size``.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".

    >>> windows, first = pooling_windows((8, 5, 6, 3), 2, None, "valid", "channels_last")
    >>> windows.outputs, first
    ((2, 3), 1)
    """
    spatial = spatial_shape(shape, data_format)
    axes = len(spatial)
    sizes = per_axis(pool_size, axes)
    steps = sizes if strides is None else per_axis(strides, axes)
    return place_windows(spatial, sizes, steps, padding, (1,) * axes), 2 if is_channels_first(data_format) else 1


def is_untouched(windows: Windows, axis: int) -> bool:
    """Whether every window is one cell along an axis, and there is one for every cell."""
    return windows.sizes[axis] == windows.strides[axis] == 1


def is_inside(windows: Windows, axis: int) -> bool:
    """Whether no window leaves the grid along an axis."""
    reach = (windows.outputs[axis] - 1) * windows.strides[axis] + windows.sizes[axis]
    return windows.before[axis] == 0 and reach <= windows.inputs[axis]


def is_tiled(windows: Windows, axis: int) -> bool:
    """Whether every cell is in exactly one window along an axis."""
    size, cells = windows.sizes[axis], windows.inputs[axis]
    return windows.strides[axis] == size and windows.outputs[axis] * size == cells


def fold(combine: np.ufunc, values: Array, windows: Windows, axis: int, first: int, neutral: float) -> Array:
    """The entries of every window along one axis, combined; the values themselves if there is nothing to combine.

    Args:
        combine: ``np.maximum`` or ``np.add``.
        values: An array with ``windows.inputs[axis]`` entries along that axis.
        windows: Placement of the windows.
        axis: Which of the spatial axes.
        first: Which axis of the array is the first spatial one.
        neutral: What leaves any value as it is when combined with it.

    >>> windows, first = pooling_windows((1, 5, 1), 2, None, "same", "channels_last")
    >>> fold(np.add, np.arange(5.0).reshape(1, 5, 1), windows, 0, first, 0)[0, :, 0]
    array([1., 5., 4.])
    """
    if is_untouched(windows, axis):
        return values
    taps = axis_taps(windows, axis)
    lead = (EVERY,) * (axis + first)
    if len(taps) > 1 and is_inside(windows, axis):
        result = combine(values[(*lead, taps[0][1])], values[(*lead, taps[1][1])])
        for _, cells in taps[2:]:
            combine(result, values[(*lead, cells)], out=result)
        return result
    shape = (*values.shape[: axis + first], windows.outputs[axis], *values.shape[axis + first + 1 :])
    result = np.full_like(values, neutral, shape=shape)
    for outputs, cells in taps:
        target = result[(*lead, outputs)]
        combine(target, values[(*lead, cells)], out=target)
    return result
