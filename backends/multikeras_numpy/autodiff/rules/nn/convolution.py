"""Convolutions.

The gradient with respect to the inputs, that with respect to the kernel, and the convolution itself are linear in
either argument, and the gradients of each of the three are the other two.
"""

from __future__ import annotations

from collections.abc import Callable
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


def _linear_in_both(op: Callable, forward: Any, to_inputs: Callable, to_kernel: Callable, places: Callable) -> None:
    """Give a convolution its rules.

    Args:
        op: The op.
        forward: Its forward pass with columns, if it has one.
        to_inputs: The kernel that computes the cotangent of the inputs.
        to_kernel: The one that computes that of the kernel.
        places: The arguments that say where windows are, as the kernels take them.
    """

    @differentiable([0, 1])
    def inputs_of(g: Any, kernel: Any, shape: tuple[int, ...], windows: tuple) -> Any:
        return to_inputs(g, kernel, shape, *windows)

    @differentiable([0, 1])
    def kernel_of(inputs: Any, g: Any, shape: tuple[int, ...], windows: tuple, columns: Any) -> Any:
        return to_kernel(inputs, g, shape, *windows, *(() if columns is None else (columns,)))

    inputs_of.pulls[0] = lambda g, _, x, kernel, shape, windows: op(g, kernel, *windows)
    inputs_of.pulls[1] = lambda g, _, x, kernel, shape, windows: kernel_of(g, x, kernel.shape, windows, None)
    kernel_of.pulls[0] = lambda g, _, inputs, x, shape, windows, columns: inputs_of(x, g, inputs.shape, windows)
    kernel_of.pulls[1] = lambda g, _, inputs, x, shape, windows, columns: op(inputs, g, *windows)
    gradient(
        op,
        forward,
        needs="arguments" if forward is None else "arguments and output",
        inputs=lambda g, columns, inputs, kernel, *rest: inputs_of(g, kernel, inputs.shape, places(*rest)),
        kernel=lambda g, columns, inputs, kernel, *rest: kernel_of(inputs, g, kernel.shape, places(*rest), columns),
    )


_linear_in_both(ops.conv, _conv_with_columns, kernels.conv_input_gradient, kernels.conv_kernel_gradient, _windows)
_linear_in_both(
    ops.depthwise_conv,
    None,
    kernels.depthwise_conv_input_gradient,
    kernels.depthwise_conv_kernel_gradient,
    _windows,
)


def _transposed_windows(
    strides: Any, padding: str, output_padding: Any, data_format: str | None, dilation_rate: Any
) -> tuple:
    first, *rest = _windows(strides, padding, data_format, dilation_rate)
    return first, rest[0], _sizes(output_padding), *rest[1:]


_linear_in_both(
    ops.conv_transpose,
    None,
    kernels.conv_transpose_input_gradient,
    kernels.conv_transpose_kernel_gradient,
    _transposed_windows,
)
