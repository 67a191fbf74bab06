"""Mean over windows, for any number of spatial axes, and its gradient. Padded cells do not count."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from multikeras_numpy.kernels.folding import EVERY, fold, is_inside, is_tiled, is_untouched, pooling_windows
from multikeras_numpy.kernels.layout import FLOAT32, Array, accumulation_dtype, rounded_to
from multikeras_numpy.kernels.windows import Sizes, Windows, axis_taps


def average_pool(
    inputs: Array,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str = "channels_last",
) -> Array:
    """The mean of the entries of every window, for every channel.

    Args:
        inputs: Shape ``(batch, *spatial, channels)`` or, channels first, ``(batch, channels, *spatial)``.
        pool_size: Cells of a window.
        strides: Cells between windows; None for ``pool_size``.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".

    Returns:
        Shape ``(batch, *windows, channels)``, or with the channels first; dtype of the inputs, float32 if they are
        integers or booleans.

    >>> average_pool(np.array([1.0, 3, 2, 0, 5]).reshape(1, 5, 1), 2, padding="same")[0, :, 0]
    array([2., 1., 5.])
    """
    windows, first = pooling_windows(inputs.shape, pool_size, strides, padding, data_format)
    exact = inputs.dtype.kind in "iub"
    values = inputs.astype(np.float64 if exact else accumulation_dtype(inputs.dtype), copy=False)
    for axis in range(len(windows.sizes)):
        values = fold(np.add, values, windows, axis, first, 0)
    means = values / _counts(windows, first, inputs.ndim, values.dtype)
    return rounded_to(means, FLOAT32 if exact else inputs.dtype)


def average_pool_gradient(
    grad: Array,
    input_shape: tuple[int, ...],
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str = "channels_last",
) -> Array:
    """Gradient of ``average_pool`` with respect to its inputs.

    Args:
        grad: Gradient with respect to the outputs, of their shape.
        input_shape: Shape of the inputs.
        pool_size: As for ``average_pool``.
        strides: As for ``average_pool``.
        padding: As for ``average_pool``.
        data_format: As for ``average_pool``.

    Returns:
        Shape ``input_shape``; dtype of ``grad``.

    >>> average_pool_gradient(np.array([[[2.0], [4.0]]]), (1, 3, 1), 2, strides=1)[0, :, 0]
    array([1., 3., 2.])
    """
    windows, first = pooling_windows(input_shape, pool_size, strides, padding, data_format)
    values = grad.astype(accumulation_dtype(grad.dtype), copy=False)
    values = values / _counts(windows, first, grad.ndim, values.dtype)
    for axis in range(len(windows.sizes) - 1, -1, -1):
        values = _unfold(values, windows, axis, first)
    return rounded_to(values, grad.dtype)


def _unfold(values: Array, windows: Windows, axis: int, first: int) -> Array:
    """The transpose of folding sums: every entry added to all the cells of its window along one axis."""
    if is_untouched(windows, axis):
        return values
    lead = (EVERY,) * (axis + first)
    shape = (*values.shape[: axis + first], windows.inputs[axis], *values.shape[axis + first + 1 :])
    tiled = is_tiled(windows, axis)
    result = np.empty_like(values, shape=shape) if tiled else np.zeros_like(values, shape=shape)
    for outputs, cells in axis_taps(windows, axis):
        target, part = result[(*lead, cells)], values[(*lead, outputs)]
        if tiled:
            np.copyto(target, part)
        else:
            np.add(target, part, out=target)
    return result


@lru_cache(maxsize=256)
def _counts(windows: Windows, first: int, rank: int, dtype: np.dtype[Any]) -> Array | float:
    """How many cells every window has: one number, or an array that broadcasts against the outputs."""
    if all(is_inside(windows, axis) for axis in range(len(windows.sizes))):
        return float(math.prod(windows.sizes))
    counts = np.ones((1,) * rank, dtype)
    for axis, made in enumerate(windows.outputs):
        along = np.zeros(made, dtype)
        for outputs, _ in axis_taps(windows, axis):
            along[outputs] += 1
        shape = [1] * rank
        shape[axis + first] = made
        counts = counts * along.reshape(shape)
    counts.setflags(write=False)
    return counts
