"""Transposed convolution over any number of spatial axes, and its two gradients.

It maps a smaller grid to a larger one, as the gradient of a convolution with respect to its inputs does, and is
computed by the same kernels with the roles exchanged.
"""

from __future__ import annotations

from multikeras_numpy.kernels.correlation import correlate, correlate_kernel_gradient, spread
from multikeras_numpy.kernels.layout import Array, spatial_shape, with_channels_last, with_data_format
from multikeras_numpy.kernels.windows import Sizes, Windows, per_axis, place_transposed_windows


def conv_transpose(
    inputs: Array,
    kernel: Array,
    strides: Sizes = 1,
    padding: str = "valid",
    output_padding: Sizes | None = None,
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """The transposed convolution of inputs with a kernel.

    Args:
        inputs: Shape ``(batch, *spatial, channels)`` or, channels first, ``(batch, channels, *spatial)``.
        kernel: Shape ``(*sizes, filters, channels)``.
        strides: Cells of the outputs per cell of the inputs.
        padding: "valid" or "same".
        output_padding: Cells added at the far end of every axis; None for outputs of ``spatial * strides`` cells with
            "same" and ``(spatial - 1) * strides + max(reach, strides)`` with "valid".
        data_format: "channels_last" or "channels_first".
        dilation_rate: Cells between the taps of a window.

    Returns:
        Shape ``(batch, *cells, filters)``, or with the channels first; dtype of the operands. Sums of float16 and
        bfloat16 are kept in float32, integers wrap around.

    >>> import numpy as np
    >>> conv_transpose(np.ones((1, 2, 1)), np.array([1.0, 2.0, 3.0]).reshape(3, 1, 1), strides=2)[0, :, 0]
    array([1., 2., 4., 2., 3.])
    """
    windows = _windows(inputs.shape, kernel.shape, strides, padding, output_padding, data_format, dilation_rate)
    outputs = spread(with_channels_last(inputs, data_format), kernel, windows, kernel.shape[-2])
    return with_data_format(outputs, data_format)


def conv_transpose_input_gradient(
    grad: Array,
    kernel: Array,
    input_shape: tuple[int, ...],
    strides: Sizes = 1,
    padding: str = "valid",
    output_padding: Sizes | None = None,
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """Gradient of a transposed convolution with respect to its inputs.

    Args:
        grad: Gradient with respect to the outputs, of their shape.
        kernel: As for ``conv_transpose``.
        input_shape: Shape of the inputs.
        strides: As for ``conv_transpose``.
        padding: As for ``conv_transpose``.
        output_padding: As for ``conv_transpose``.
        data_format: As for ``conv_transpose``.
        dilation_rate: As for ``conv_transpose``.

    Returns:
        Shape ``input_shape``; dtype of the operands.

    >>> import numpy as np
    >>> conv_transpose_input_gradient(np.ones((1, 5, 1)), np.ones((3, 1, 1)), (1, 2, 1), strides=2)[0, :, 0]
    array([3., 3.])
    """
    windows = _windows(input_shape, kernel.shape, strides, padding, output_padding, data_format, dilation_rate)
    result, _ = correlate(with_channels_last(grad, data_format), kernel, windows)
    return with_data_format(result, data_format)


def conv_transpose_kernel_gradient(
    inputs: Array,
    grad: Array,
    kernel_shape: tuple[int, ...],
    strides: Sizes = 1,
    padding: str = "valid",
    output_padding: Sizes | None = None,
    data_format: str = "channels_last",
    dilation_rate: Sizes = 1,
) -> Array:
    """Gradient of a transposed convolution with respect to its kernel.

    Args:
        inputs: As for ``conv_transpose``.
        grad: Gradient with respect to the outputs, of their shape.
        kernel_shape: Shape of the kernel.
        strides: As for ``conv_transpose``.
        padding: As for ``conv_transpose``.
        output_padding: As for ``conv_transpose``.
        data_format: As for ``conv_transpose``.
        dilation_rate: As for ``conv_transpose``.

    Returns:
        Shape ``kernel_shape``; dtype of the operands.

    >>> import numpy as np
    >>> conv_transpose_kernel_gradient(np.ones((1, 2, 1)), np.ones((1, 5, 1)), (3, 1, 1), strides=2)[:, 0, 0]
    array([2., 2., 2.])
    """
    windows = _windows(inputs.shape, kernel_shape, strides, padding, output_padding, data_format, dilation_rate)
    inputs, grad = with_channels_last(inputs, data_format), with_channels_last(grad, data_format)
    return correlate_kernel_gradient(grad, inputs, kernel_shape, windows)


def _windows(
    input_shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
    strides: Sizes,
    padding: str,
    output_padding: Sizes | None,
    data_format: str,
    dilation_rate: Sizes,
) -> Windows:
    """The windows of the convolution that is transposed."""
    spatial = spatial_shape(input_shape, data_format)
    axes = len(spatial)
    extra = None if output_padding is None else per_axis(output_padding, axes)
    return place_transposed_windows(
        spatial, kernel_shape[:-2], per_axis(strides, axes), padding, extra, per_axis(dilation_rate, axes)
    )
