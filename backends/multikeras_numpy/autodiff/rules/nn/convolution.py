"""Convolutions.

The gradient with respect to the inputs, that with respect to the kernel, and the convolution itself are linear in
either argument, and the gradients of each of the three are the other two.
"""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import conv_shape, read_padding
from multikeras_numpy import kernels
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.recording import differentiable


def _conv_with_columns(
    inputs: Any, kernel: Any, strides: Any, padding: str, data_format: str | None, dilation_rate: Any
) -> tuple[Any, Any]:
    conv_shape(inputs.shape, kernel.shape, strides, padding, data_format, dilation_rate)
    return kernels.conv_with_columns(inputs, kernel, *_windows(strides, padding, data_format, dilation_rate))


def _windows(strides: Any, padding: str, data_format: str | None, dilation_rate: Any) -> tuple:
    return _sizes(strides), read_padding(padding), standardize_data_format(data_format), _sizes(dilation_rate)


def _sizes(value: Any) -> Any:
    """One integer for all axes where there is a sequence of one."""
    return value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value


@differentiable([0, 1])
def conv_inputs(g: Any, kernel: Any, shape: tuple[int, ...], windows: tuple) -> Any:
    """The cotangent of the inputs of a convolution."""
    return kernels.conv_input_gradient(g, kernel, shape, *windows)


@differentiable([0, 1])
def conv_kernel(inputs: Any, g: Any, shape: tuple[int, ...], windows: tuple, columns: Any) -> Any:
    """The cotangent of the kernel of a convolution."""
    return kernels.conv_kernel_gradient(inputs, g, shape, *windows, columns)


conv_inputs.pulls[0] = lambda g, _, x, kernel, shape, windows: ops.conv(g, kernel, *windows)
conv_inputs.pulls[1] = lambda g, _, x, kernel, shape, windows: conv_kernel(g, x, kernel.shape, windows, None)
conv_kernel.pulls[0] = lambda g, _, inputs, x, shape, windows, columns: conv_inputs(x, g, inputs.shape, windows)
conv_kernel.pulls[1] = lambda g, _, inputs, x, shape, windows, columns: ops.conv(inputs, g, *windows)

gradient(
    ops.conv,
    _conv_with_columns,
    inputs=lambda g, columns, inputs, kernel, *rest: conv_inputs(g, kernel, inputs.shape, _windows(*rest)),
    kernel=lambda g, columns, inputs, kernel, *rest: conv_kernel(inputs, g, kernel.shape, _windows(*rest), columns),
)
