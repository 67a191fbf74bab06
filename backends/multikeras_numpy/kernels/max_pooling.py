"""Maximum over windows, for any number of spatial axes, and its gradient.

Padded cells never win. Every window passes its gradient to one entry: of several that are the largest, the first in
row-major order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras_numpy.kernels.folding import EVERY, fold, is_inside, is_tiled, is_untouched, pooling_windows
from multikeras_numpy.kernels.layout import Array, accumulation_dtype, rounded_to
from multikeras_numpy.kernels.windows import Sizes, Windows, axis_taps, window_taps

BLOCK_BYTES = 1 << 18
"""Bytes of gradients that are passed on at a time where windows do not overlap."""

FEW_TAPS = 16
"""Up to this many taps, windows that do not overlap are gone through tap by tap and not axis by axis."""


def max_pool(
    inputs: Array,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str = "channels_last",
) -> Array:
    """The largest entry of every window, for every channel; NaN where the window has one.

    Args:
        inputs: Shape ``(batch, *spatial, channels)`` or, channels first, ``(batch, channels, *spatial)``; any real
            dtype.
        pool_size: Cells of a window.
        strides: Cells between windows; None for ``pool_size``.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".

    Returns:
        Shape ``(batch, *windows, channels)``, or with the channels first; dtype of the inputs.

    >>> max_pool(np.array([1, 3, 2, 0, 5]).reshape(1, 5, 1), 2, padding="same")[0, :, 0]
    array([3, 2, 5])
    """
    windows, first = pooling_windows(inputs.shape, pool_size, strides, padding, data_format)
    values = inputs.astype(accumulation_dtype(inputs.dtype), copy=False)
    for axis in range(len(windows.sizes)):
        values = fold(np.maximum, values, windows, axis, first, _lowest(values.dtype))
    return rounded_to(inputs.copy() if values is inputs else values, inputs.dtype)


def max_pool_gradient(
    grad: Array,
    inputs: Array,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str = "channels_last",
    outputs: Array | None = None,
) -> Array:
    """Gradient of ``max_pool`` with respect to its inputs.

    Args:
        grad: Gradient with respect to the outputs, of their shape.
        inputs: As for ``max_pool``.
        pool_size: As for ``max_pool``.
        strides: As for ``max_pool``.
        padding: As for ``max_pool``.
        data_format: As for ``max_pool``.
        outputs: What ``max_pool`` returned for these inputs; None to compute it again.

    Returns:
        Shape of the inputs; dtype of ``grad``.

    >>> inputs = np.array([1, 3, 3, 0]).reshape(1, 4, 1)
    >>> max_pool_gradient(np.array([[[5.0], [7.0], [9.0]]]), inputs, 2, strides=1)[0, :, 0]
    array([ 0., 12.,  9.,  0.])
    """
    windows, first = pooling_windows(inputs.shape, pool_size, strides, padding, data_format)
    values = inputs.astype(accumulation_dtype(inputs.dtype), copy=False)
    passed = grad.astype(accumulation_dtype(grad.dtype), copy=False)
    if outputs is None:
        outputs = max_pool(inputs, pool_size, strides, padding, data_format)
    peaks = outputs.astype(values.dtype, copy=False)
    apart = all(stride >= size for stride, size in zip(windows.strides, windows.sizes, strict=True))
    if apart and math.prod(windows.sizes) <= FEW_TAPS:
        return rounded_to(_pass_to_cells(passed, values, peaks, windows, first), grad.dtype)
    # Folded from the last axis to the first, an entry stands for the row it is in, and the first row that has the
    # maximum has the first entry that is the maximum.
    stages = [values]
    for axis in range(len(windows.sizes) - 1, 0, -1):
        stages.append(fold(np.maximum, stages[-1], windows, axis, first, _lowest(values.dtype)))
    for axis, stage in enumerate(reversed(stages)):
        passed = _pass_along_axis(passed, stage, peaks, windows, axis, first)
        peaks = stage
    return rounded_to(passed, grad.dtype)


def _lowest(dtype: np.dtype[Any]) -> float:
    """The value that no entry of a dtype is less than."""
    if dtype.kind == "f":
        return -math.inf
    return False if dtype.kind == "b" else int(np.iinfo(dtype).min)


def _choose(waiting: Array, values: Array, peaks: Array) -> Array:
    """Which of the windows that still wait find their maximum among the values; they wait no longer.

    "Not less", and not "equal", so that a window whose maximum is NaN passes its gradient on too.
    """
    chosen = np.less(values, peaks)
    np.greater(waiting, chosen, out=chosen)
    np.not_equal(waiting, chosen, out=waiting)
    return chosen


def _mask(chosen: Array, bits: np.dtype[Any]) -> Array:
    """Integers with all bits set where an entry is chosen, and none elsewhere.

    Gradients are selected by their bits and not by a product, because one that is infinite would become NaN wherever it
    is not wanted.
    """
    return np.negative(chosen.view(np.int8), dtype=bits)


def _pass_to_cells(grad: Array, values: Array, peaks: Array, windows: Windows, first: int) -> Array:
    """The gradient of maxima over windows that do not overlap.

    Args:
        grad: Gradient with respect to the maxima.
        values: What the maxima were taken of.
        peaks: The maxima.
        windows: Placement of the windows.
        first: Which axis of the arrays is the first spatial one.
    """
    axes = range(len(windows.sizes))
    tiled = all(is_tiled(windows, axis) for axis in axes)
    inside = all(is_inside(windows, axis) for axis in axes)
    result = np.empty_like(grad, shape=values.shape) if tiled else np.zeros_like(grad, shape=values.shape)
    bits = np.dtype(f"i{grad.itemsize}")
    taps = window_taps(windows)
    lead = (EVERY,) * first
    step = max(1, BLOCK_BYTES // max(1, math.prod(grad.shape[1:]) * grad.itemsize))
    for start in range(0, grad.shape[0], step):
        some = slice(start, start + step)
        entries, highest = values[some], peaks[some]
        source, target = grad[some].view(bits), result[some].view(bits)
        waiting = np.ones_like(highest, dtype=bool)
        for number, tap in enumerate(taps):
            at, cells = (*lead, *tap.outputs), (*lead, *tap.inputs)
            last = inside and number == len(taps) - 1
            chosen = waiting if last else _choose(waiting[at], entries[cells], highest[at])
            np.bitwise_and(source[at], _mask(chosen, bits), out=target[cells])
    return result


def _pass_along_axis(grad: Array, values: Array, peaks: Array, windows: Windows, axis: int, first: int) -> Array:
    """The gradient of maxima along one axis.

    Args:
        grad: Gradient with respect to the maxima.
        values: What the maxima were taken of.
        peaks: The maxima.
        windows: Placement of the windows.
        axis: Which of the spatial axes.
        first: Which axis of the arrays is the first spatial one.
    """
    if is_untouched(windows, axis):
        return grad
    lead = (EVERY,) * (axis + first)
    result = np.zeros_like(grad, shape=values.shape)
    bits = np.dtype(f"i{grad.itemsize}")
    waiting = np.ones_like(peaks, dtype=bool)
    taps = axis_taps(windows, axis)
    inside = is_inside(windows, axis)
    for number, (outputs, inputs) in enumerate(taps):
        at, cells = (*lead, outputs), (*lead, inputs)
        last = inside and number == len(taps) - 1
        mask = _mask(waiting if last else _choose(waiting[at], values[cells], peaks[at]), bits)
        np.bitwise_and(grad[at].view(bits), mask, out=mask)
        target = result[cells]
        np.add(target, mask.view(grad.dtype), out=target)
    return result
