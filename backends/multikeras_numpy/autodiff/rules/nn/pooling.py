"""Poolings."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import read_padding
from multikeras_numpy import kernels
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.recording import differentiable
from multikeras_numpy.kernels.folding import pooling_windows


def _windows(pool_size: Any, strides: Any, padding: str, data_format: str | None) -> tuple:
    return _sizes(pool_size), _sizes(strides), read_padding(padding), standardize_data_format(data_format)


def _sizes(value: Any) -> Any:
    """One integer for all axes where there is a sequence of one."""
    return value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value


@differentiable([0], needs="nothing")
def spread_average(g: Any, shape: tuple[int, ...], windows: tuple) -> Any:
    """The cotangent of the inputs of an average pooling."""
    return kernels.average_pool_gradient(g, shape, *windows)


spread_average.pulls[0] = lambda g, _, x, shape, windows: ops.average_pool(g, *windows)

gradient(
    ops.average_pool,
    needs="nothing",
    inputs=lambda g, y, inputs, *rest: spread_average(g, inputs.shape, _windows(*rest)),
)


@differentiable([0, 1, 2])
def spread_peaks(g: Any, inputs: Any, outputs: Any, windows: tuple) -> Any:
    """The cotangent of the inputs of a max pooling: that of each window goes to the first of its largest entries."""
    return kernels.max_pool_gradient(g, inputs, *windows, outputs=outputs)


@differentiable([0, 1, 2])
def gather_peaks(values: Any, inputs: Any, outputs: Any, windows: tuple) -> Any:
    """Of the values in each window, that where the first of the largest inputs is: the transpose of the above."""
    placed, first = pooling_windows(inputs.shape, *windows)
    spatial = range(first, first + len(placed.sizes))
    borders = [(0, 0)] * inputs.ndim
    for i, axis in enumerate(spatial):
        reach = (placed.outputs[i] - 1) * placed.strides[i] + placed.sizes[i]
        borders[axis] = (placed.before[i], max(0, reach - placed.before[i] - inputs.shape[axis]))
    cut = [slice(None)] * inputs.ndim
    for i, axis in enumerate(spatial):
        cut[axis] = slice(0, (placed.outputs[i] - 1) * placed.strides[i] + 1, placed.strides[i])

    def in_windows(x: Any, border: float) -> Any:
        padded = np.pad(x, borders, constant_values=border)
        seen = np.lib.stride_tricks.sliding_window_view(padded, placed.sizes, tuple(spatial))[tuple(cut)]
        return seen.reshape(*seen.shape[: inputs.ndim], -1)

    places = np.argmax(in_windows(inputs, -np.inf), -1)
    return np.take_along_axis(in_windows(values, 0), places[..., None], -1)[..., 0]


spread_peaks.pulls[0] = lambda g, _, x, inputs, outputs, windows: gather_peaks(g, inputs, outputs, windows)
gather_peaks.pulls[0] = lambda g, _, x, inputs, outputs, windows: spread_peaks(g, inputs, outputs, windows)


def _max_pool(g: Any, y: Any, inputs: Any, *rest: Any) -> Any:
    return spread_peaks(g, inputs, y, _windows(*rest))


gradient(ops.max_pool, inputs=_max_pool)
