"""BaseConv: what the convolutions in one to three dimensions share."""

from __future__ import annotations

from typing import Any

from multikeras import activations, config, constraints, initializers, ops, regularizers
from multikeras.errors import ArgumentError, ShapeError
from multikeras.layers.convolutional.base_windowed import BaseWindowed
from multikeras.layers.core.dense import check_size
from multikeras.layers.lora import LoraKernel


class BaseConv(LoraKernel, BaseWindowed):
    """The base of convolutions.

    Args:
        rank: The number of spatial axes.
        filters: The number of output channels.
        kernel_size: The window's size.
        padding: `"valid"`, `"same"`, or, in one dimension, `"causal"`.
        data_format: `"channels_last"` or `"channels_first"`.
        groups: The number of groups of channels that are convolved apart.
        kernel_initializer: What makes the kernel, of shape (*kernel_size, inputs / groups, filters).
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        windowed: The other arguments of `BaseWindowed`.

    Raises:
        ArgumentError: An argument is none of these, or `filters` no multiple of `groups`.
    """

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        *,
        padding: str,
        data_format: str | None,
        groups: int,
        kernel_initializer: Any,
        kernel_regularizer: Any,
        kernel_constraint: Any,
        **windowed: Any,
    ) -> None:
        if str(padding).lower() == "causal" and config.standardize_data_format(data_format) != "channels_last":
            raise ArgumentError("Causal padding goes with channels last.", received=f"data_format={data_format!r}")
        super().__init__(rank, kernel_size, padding=padding, data_format=data_format, **windowed)
        self.filters = check_size("filters", filters)
        self.groups = check_size("groups", groups)
        if self.filters % self.groups:
            raise ArgumentError("`filters` is a multiple of `groups`.", received=f"filters={filters}, groups={groups}")
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self._start_lora(None, None)

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        channels = self._input_channels(input_shape)
        if channels % self.groups:
            raise ShapeError(
                f"The channels of the input of {self.name!r} are a multiple of `groups`.",
                received=f"{channels} channels, groups={self.groups}",
            )
        self._kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self._add_bias(self.filters)
        self.built = True

    def _convolve(self, inputs: Any, padding: str) -> Any:
        form, dilation = self.data_format, self.dilation_rate
        if self.bias is None:
            x = ops.conv(inputs, self.kernel, self.strides, padding, form, dilation)
        else:
            x = ops.biased_conv(inputs, self.kernel, self.bias, self.strides, padding, form, dilation)
        return x if self.activation is activations.linear else self.activation(x)

    def call(self, inputs: Any) -> Any:
        """The convolution, with bias and activation."""
        return self._convolve(inputs, self.padding)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("filters", "groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"),
        }
