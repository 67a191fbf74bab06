"""Convolutions and poolings: the shapes are checked, then the kernels run."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import conv_shape, conv_transposed, depthwise_shape, pool_shape, read_padding
from multikeras_numpy import kernels
from multikeras_numpy.table import table

table.takes_tensors_only("average_pool", "conv", "conv_transpose", "depthwise_conv")


@table.implements(ops.conv)
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    conv_shape(inputs.shape, kernel.shape, strides, padding, data_format, dilation_rate)
    return kernels.conv(
        inputs,
        kernel,
        _sizes(strides),
        read_padding(padding),
        standardize_data_format(data_format),
        _sizes(dilation_rate),
    )


@table.implements(ops.conv_transpose)
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    conv_transposed(inputs.shape, kernel.shape, strides, padding, output_padding, data_format, dilation_rate)
    return kernels.conv_transpose(
        inputs,
        kernel,
        _sizes(strides),
        read_padding(padding),
        _sizes(output_padding),
        standardize_data_format(data_format),
        _sizes(dilation_rate),
    )


@table.implements(ops.depthwise_conv)
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    depthwise_shape(inputs.shape, kernel.shape, strides, padding, data_format, dilation_rate)
    return kernels.depthwise_conv(
        inputs,
        kernel,
        _sizes(strides),
        read_padding(padding),
        standardize_data_format(data_format),
        _sizes(dilation_rate),
    )


@table.implements(ops.max_pool)
def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    pool_shape(inputs.shape, pool_size, strides, padding, data_format, "max_pool")
    return kernels.max_pool(
        inputs, _sizes(pool_size), _sizes(strides), read_padding(padding), standardize_data_format(data_format)
    )


@table.implements(ops.average_pool)
def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    pool_shape(inputs.shape, pool_size, strides, padding, data_format, "average_pool")
    return kernels.average_pool(
        inputs, _sizes(pool_size), _sizes(strides), read_padding(padding), standardize_data_format(data_format)
    )


def _sizes(value: Any) -> Any:
    """One integer for all axes where there is a sequence of one."""
    return value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value
