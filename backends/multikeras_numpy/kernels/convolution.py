"""Convolution over any number of spatial axes, with groups, and its two gradients.

    outputs[n, o, g, f] = sum over t, c of inputs[n, o * stride + t * dilation - before, g, c] * kernel[t, c, g, f]

for windows ``o``, taps ``t``, groups ``g``, the channels ``c`` of a group and its filters ``f``. How it is computed
is in correlation.py.
"""

from __future__ import annotations

from multikeras_numpy.kernels.correlation import correlate, correlate_kernel_gradient, spread
from multikeras_numpy.kernels.layout import (
    Array,
    is_channels_first,
    spatial_shape,
    with_channels_last,
    with_data_format,
)
from multikeras_numpy.kernels.windows import Sizes, Windows, per_axis, place_windows


def conv(
    inputs: Array,
    kernel: Array,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """The convolution of inputs with a kernel.

    Args:
        inputs: Shape ``(batch, *spatial, channels)`` or, channels first, ``(batch, channels, *spatial)``.
        kernel: Shape ``(*sizes, channels / groups, filters)``; its shape says how many groups there are.
        strides: Cells between windows.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        dilation_rate: Cells between the taps of a window.

    Returns:
        Shape ``(batch, *windows, filters)``, or with the channels first; dtype of the operands. Sums of float16 and
        bfloat16 are kept in float32, integers wrap around.

    >>> import numpy as np
    >>> conv(np.arange(5.0).reshape(1, 5, 1), np.ones((2, 1, 1)))[0, :, 0]
    array([1., 3., 5., 7.])
    """
    return conv_with_columns(inputs, kernel, strides, padding, data_format, dilation_rate)[0]


def conv_with_columns(
    inputs: Array,
    kernel: Array,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> tuple[Array, Array | None]:
    """The convolution, and what ``conv_kernel_gradient`` can reuse of it.

    Args:
        inputs: As for ``conv``.
        kernel: As for ``conv``.
        strides: As for ``conv``.
        padding: As for ``conv``.
        data_format: As for ``conv``.
        dilation_rate: As for ``conv``.

    Returns:
        The outputs, and the columns of the inputs where they are a few megabytes at most, else None.
    """
    windows = _windows(spatial_shape(inputs.shape, data_format), kernel.shape, strides, padding, dilation_rate)
    outputs, columns = correlate(with_channels_last(inputs, data_format), kernel, windows)
    return with_data_format(outputs, data_format), columns


def conv_input_gradient(
    grad: Array,
    kernel: Array,
    input_shape: tuple[int, ...],
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """Gradient of a convolution with respect to its inputs.

    Args:
        grad: Gradient with respect to the outputs, of their shape.
        kernel: As for ``conv``.
        input_shape: Shape of the inputs.
        strides: As for ``conv``.
        padding: As for ``conv``.
        data_format: As for ``conv``.
        dilation_rate: As for ``conv``.

    Returns:
        Shape ``input_shape``; dtype of the operands.

    >>> import numpy as np
    >>> conv_input_gradient(np.ones((1, 4, 1)), np.ones((2, 1, 1)), (1, 5, 1))[0, :, 0]
    array([1., 2., 2., 2., 1.])
    """
    windows = _windows(spatial_shape(input_shape, data_format), kernel.shape, strides, padding, dilation_rate)
    channels = input_shape[1] if is_channels_first(data_format) else input_shape[-1]
    return with_data_format(spread(with_channels_last(grad, data_format), kernel, windows, channels), data_format)


def conv_kernel_gradient(
    inputs: Array,
    grad: Array,
    kernel_shape: tuple[int, ...],
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
    columns: Array | None = None,
) -> Array:
    """Gradient of a convolution with respect to its kernel.

    Args:
        inputs: As for ``conv``.
        grad: Gradient with respect to the outputs, of their shape.
        kernel_shape: Shape of the kernel.
        strides: As for ``conv``.
        padding: As for ``conv``.
        data_format: As for ``conv``.
        dilation_rate: As for ``conv``.
        columns: What ``conv_with_columns`` returned for these inputs; None to make them again.

    Returns:
        Shape ``kernel_shape``; dtype of the operands.

    >>> import numpy as np
    >>> conv_kernel_gradient(np.arange(5.0).reshape(1, 5, 1), np.ones((1, 4, 1)), (2, 1, 1))[:, 0, 0]
    array([ 6., 10.])
    """
    windows = _windows(spatial_shape(inputs.shape, data_format), kernel_shape, strides, padding, dilation_rate)
    inputs, grad = with_channels_last(inputs, data_format), with_channels_last(grad, data_format)
    return correlate_kernel_gradient(inputs, grad, kernel_shape, windows, columns)


def _windows(
    spatial: tuple[int, ...], kernel_shape: tuple[int, ...], strides: Sizes, padding: str, dilation_rate: Sizes
) -> Windows:
    """The windows of a convolution."""
    axes = len(spatial)
    return place_windows(spatial, kernel_shape[:-2], per_axis(strides, axes), padding, per_axis(dilation_rate, axes))
