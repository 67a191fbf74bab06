"""BaseDepthwiseConv: what the depthwise convolutions in one and two dimensions share."""

from __future__ import annotations

from typing import Any

from multikeras import constraints, initializers, ops, regularizers
from multikeras.layers.convolutional.base_windowed import BaseWindowed
from multikeras.layers.core.dense import check_size


class BaseDepthwiseConv(BaseWindowed):
    """The base of convolutions of each channel with filters of its own.

    Args:
        rank: The number of spatial axes.
        depth_multiplier: The number of filters of each channel.
        kernel_size: The window's size.
        depthwise_initializer: What makes the kernel, of shape (*kernel_size, inputs, depth_multiplier).
        depthwise_regularizer: A function of the kernel whose value is added to the loss.
        depthwise_constraint: A function that the kernel passes through after each optimizer step.
        windowed: The other arguments of `BaseWindowed`.

    Raises:
        ArgumentError: An argument is none of these.
    """

    _strided_and_dilated = True

    def __init__(
        self,
        rank: int,
        depth_multiplier: int,
        kernel_size: Any,
        *,
        depthwise_initializer: Any,
        depthwise_regularizer: Any,
        depthwise_constraint: Any,
        **windowed: Any,
    ) -> None:
        super().__init__(rank, kernel_size, **windowed)
        self.depth_multiplier = check_size("depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        channels = self._input_channels(input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self._add_bias(channels * self.depth_multiplier)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The convolution of each channel, with bias and activation."""
        convolved = ops.depthwise_conv(
            inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate
        )
        return self._finish(convolved)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("depth_multiplier"),
            **self._config_of("depthwise_initializer", "depthwise_regularizer", "depthwise_constraint"),
        }
