"""Correlation of every channel with a filter of its own: a multiplication and a sum per tap, without matrix products.

Arrays have their channels last. They are taken a few samples at a time, so that what one tap wrote is still in the
cache when the next one adds to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from multikeras_numpy.kernels.layout import Array
from multikeras_numpy.kernels.windows import Windows, window_taps

BLOCK_BYTES = 1 << 18
"""Bytes of one operand that are worked on at a time."""

EVERY = slice(None)


def correlate(inputs: Array, kernel: Array, windows: Windows) -> Array:
    """The products of a kernel with the windows of inputs, channel by channel.

    Args:
        inputs: Shape ``(batch, *windows.inputs, channels)``.
        kernel: Shape ``(*windows.sizes, channels)``.
        windows: Placement of the windows.

    Returns:
        Shape ``(batch, *windows.outputs, channels)``.
    """
    outputs = np.zeros((inputs.shape[0], *windows.outputs, inputs.shape[-1]), inputs.dtype)
    for some in _samples(outputs):
        cells, sums = inputs[some], outputs[some]
        buffer = np.empty_like(sums)
        for tap in window_taps(windows):
            part = (EVERY, *tap.outputs)
            products = np.multiply(cells[(EVERY, *tap.inputs)], kernel[tap.index], out=buffer[part])
            np.add(sums[part], products, out=sums[part])
    return outputs


def kernel_gradient(inputs: Array, grad: Array, windows: Windows) -> Array:
    """Gradient of ``correlate`` with respect to the kernel.

    Args:
        inputs: Shape ``(batch, *windows.inputs, channels)``.
        grad: Shape ``(batch, *windows.outputs, channels)``.
        windows: Placement of the windows.

    Returns:
        Shape ``(*windows.sizes, channels)``.
    """
    total = np.zeros((*windows.sizes, inputs.shape[-1]), inputs.dtype)
    axes = "abdefgh"[: grad.ndim - 1]
    sums = f"{axes}c,{axes}c->c"
    for some in _samples(grad):
        cells, values = inputs[some], grad[some]
        for tap in window_taps(windows):
            total[tap.index] += np.einsum(sums, cells[(EVERY, *tap.inputs)], values[(EVERY, *tap.outputs)])
    return total


def spread(grad: Array, kernel: Array, windows: Windows) -> Array:
    """The transpose of ``correlate``: its gradient with respect to the inputs.

    Args:
        grad: Shape ``(batch, *windows.outputs, channels)``.
        kernel: Shape ``(*windows.sizes, channels)``.
        windows: Placement of the windows.

    Returns:
        Shape ``(batch, *windows.inputs, channels)``.
    """
    result = np.zeros((grad.shape[0], *windows.inputs, grad.shape[-1]), grad.dtype)
    for some in _samples(grad):
        cells, values = result[some], grad[some]
        buffer = np.empty_like(values)
        for tap in window_taps(windows):
            part = (EVERY, *tap.outputs)
            products = np.multiply(values[part], kernel[tap.index], out=buffer[part])
            target = cells[(EVERY, *tap.inputs)]
            np.add(target, products, out=target)
    return result


def _samples(values: Array) -> Iterator[slice]:
    """Yield slices of the samples of an array, each of about the size of a block."""
    step = max(1, BLOCK_BYTES // max(1, math.prod(values.shape[1:]) * values.itemsize))
    for start in range(0, values.shape[0], step):
        yield slice(start, start + step)
