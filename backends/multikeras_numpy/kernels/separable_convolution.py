"""Depthwise convolution, its two gradients, and separable convolution, over any number of spatial axes.

A depthwise convolution is a grouped one with a group for each channel, so convolution.py does the work.
"""

from __future__ import annotations

from multikeras_numpy.kernels.convolution import conv, conv_input_gradient, conv_kernel_gradient
from multikeras_numpy.kernels.layout import Array
from multikeras_numpy.kernels.windows import Sizes


def depthwise_conv(
    inputs: Array,
    kernel: Array,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """The convolution of every channel with its own filters.

    Args:
        inputs: Shape ``(batch, *spatial, channels)`` or, channels first, ``(batch, channels, *spatial)``.
        kernel: Shape ``(*sizes, channels, multiplier)``.
        strides: Cells between windows.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        dilation_rate: Cells between the taps of a window.

    Returns:
        Shape ``(batch, *windows, channels * multiplier)``, or with the channels first; dtype of the operands.

    >>> import numpy as np
    >>> depthwise_conv(np.ones((1, 2, 2)), np.array([[[1.0], [10.0]]]))[0]
    array([[ 1., 10.],
           [ 1., 10.]])
    """
    return conv(inputs, _grouped(kernel), strides, padding, data_format, dilation_rate)


def depthwise_conv_input_gradient(
    grad: Array,
    kernel: Array,
    input_shape: tuple[int, ...],
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """Gradient of a depthwise convolution with respect to its inputs.

    Args:
        grad: Gradient with respect to the outputs, of their shape.
        kernel: As for ``depthwise_conv``.
        input_shape: Shape of the inputs.
        strides: As for ``depthwise_conv``.
        padding: As for ``depthwise_conv``.
        data_format: As for ``depthwise_conv``.
        dilation_rate: As for ``depthwise_conv``.

    Returns:
        Shape ``input_shape``; dtype of the operands.

    >>> import numpy as np
    >>> depthwise_conv_input_gradient(np.ones((1, 2, 2)), np.array([[[1.0], [10.0]]]), (1, 2, 2))[0, 0]
    array([ 1., 10.])
    """
    return conv_input_gradient(grad, _grouped(kernel), input_shape, strides, padding, data_format, dilation_rate)


def depthwise_conv_kernel_gradient(
    inputs: Array,
    grad: Array,
    kernel_shape: tuple[int, ...],
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """Gradient of a depthwise convolution with respect to its kernel.

    Args:
        inputs: As for ``depthwise_conv``.
        grad: Gradient with respect to the outputs, of their shape.
        kernel_shape: Shape of the kernel.
        strides: As for ``depthwise_conv``.
        padding: As for ``depthwise_conv``.
        data_format: As for ``depthwise_conv``.
        dilation_rate: As for ``depthwise_conv``.

    Returns:
        Shape ``kernel_shape``; dtype of the operands.

    >>> import numpy as np
    >>> depthwise_conv_kernel_gradient(np.ones((1, 2, 2)), np.ones((1, 2, 2)), (1, 2, 1))[0, :, 0]
    array([2., 2.])
    """
    shape = _grouped_shape(kernel_shape)
    total = conv_kernel_gradient(inputs, grad, shape, strides, padding, data_format, dilation_rate)
    return total.reshape(kernel_shape)


def separable_conv(
    inputs: Array,
    depthwise_kernel: Array,
    pointwise_kernel: Array,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """A depthwise convolution followed by a mixing of the channels.

    Args:
        inputs: As for ``depthwise_conv``.
        depthwise_kernel: Shape ``(*sizes, channels, multiplier)``.
        pointwise_kernel: Shape ``(*ones, channels * multiplier, filters)``.
        strides: As for ``depthwise_conv``.
        padding: As for ``depthwise_conv``.
        data_format: As for ``depthwise_conv``.
        dilation_rate: As for ``depthwise_conv``.

    Returns:
        Shape ``(batch, *windows, filters)``, or with the channels first; dtype of the operands.

    >>> import numpy as np
    >>> separable_conv(np.ones((1, 2, 2)), np.array([[[1.0], [10.0]]]), np.ones((1, 2, 1)))[0, :, 0]
    array([11., 11.])
    """
    between = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(between, pointwise_kernel, 1, "valid", data_format, dilation_rate)


def _grouped(kernel: Array) -> Array:
    """A depthwise kernel as the kernel of the same grouped convolution."""
    return kernel.reshape(_grouped_shape(kernel.shape))


def _grouped_shape(kernel_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of that kernel, ``(*sizes, 1, channels * multiplier)``."""
    return (*kernel_shape[:-2], 1, kernel_shape[-2] * kernel_shape[-1])
