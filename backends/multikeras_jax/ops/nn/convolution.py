"""Convolutions, in the layout that the tensors have."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import conv_shape, conv_transposed, per_axis, read_padding
from multikeras_jax.compiled import compiled, frozen_lists
from multikeras_jax.table import table

_SPATIAL = ("", "W", "HW", "DHW")


@functools.cache
def _layout(axes: int, data_format: str) -> tuple[str, str, str]:
    spatial = _SPATIAL[axes]
    data = f"NC{spatial}" if data_format == "channels_first" else f"N{spatial}C"
    return data, f"{spatial}IO", data


def _convolve(
    inputs: Any, kernel: Any, strides: tuple[int, ...], padding: Any, dilation: tuple[int, ...], data_format: str
) -> Any:
    axes = inputs.ndim - 2
    channels = inputs.shape[1] if data_format == "channels_first" else inputs.shape[-1]
    return jax.lax.conv_general_dilated(
        inputs,
        kernel,
        strides,
        padding,
        rhs_dilation=dilation,
        dimension_numbers=_layout(axes, data_format),
        feature_group_count=channels // kernel.shape[-2],
    )


_conv = compiled(_convolve, 2, 3, 4, 5)


@table.implements(ops.conv)
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    # Checked here, since XLA takes windows that are longer than their axis.
    conv_shape(inputs.shape, kernel.shape, strides, padding, data_format, dilation_rate)
    axes = inputs.ndim - 2
    return _conv(
        inputs,
        kernel,
        per_axis(strides, axes, "strides"),
        read_padding(padding).upper(),
        per_axis(dilation_rate, axes, "dilation_rate"),
        standardize_data_format(data_format),
    )


def _spread(
    inputs: Any,
    kernel: Any,
    strides: tuple[int, ...],
    crops: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    data_format: str,
) -> Any:
    axes = inputs.ndim - 2
    # As the convolution of the inputs, with zeros between and around them, with the kernel turned round.
    padding = [
        ((taps - 1) * rate - front, (taps - 1) * rate - back)
        for taps, rate, (front, back) in zip(kernel.shape, dilation, crops, strict=False)
    ]
    spatial = _SPATIAL[axes]
    data = _layout(axes, data_format)[0]
    return jax.lax.conv_general_dilated(
        inputs,
        jnp.flip(kernel, tuple(range(axes))),
        (1,) * axes,
        padding,
        lhs_dilation=strides,
        rhs_dilation=dilation,
        dimension_numbers=(data, f"{spatial}OI", data),
    )


_conv_transpose = compiled(_spread, 2, 3, 4, 5)


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
    geometry = conv_transposed(inputs.shape, kernel.shape, strides, padding, output_padding, data_format, dilation_rate)
    if 0 in geometry.shape:
        return jnp.zeros(geometry.shape, inputs.dtype)
    axes = inputs.ndim - 2
    return _conv_transpose(
        inputs,
        kernel,
        per_axis(strides, axes, "strides"),
        frozen_lists(geometry.crops),
        per_axis(dilation_rate, axes, "dilation_rate"),
        standardize_data_format(data_format),
    )
