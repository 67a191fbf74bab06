"""BaseSeparableConv: what the separable convolutions in one and two dimensions share."""

from __future__ import annotations

from typing import Any

from multikeras import constraints, initializers, ops, regularizers
from multikeras.layers.convolutional.base_windowed import BaseWindowed
from multikeras.layers.core.dense import check_size


class BaseSeparableConv(BaseWindowed):
    """The base of depthwise convolutions that a product with a matrix follows at each place.

    Args:
        rank: The number of spatial axes.
        depth_multiplier: The number of depthwise filters of each channel.
        filters: The number of output channels.
        kernel_size: The window's size.
        depthwise_initializer: What makes the depthwise kernel, of shape (*kernel_size, inputs, depth_multiplier).
        pointwise_initializer: What makes the pointwise kernel, of shape (1, ..., inputs * depth_multiplier, filters).
        depthwise_regularizer: A function of the depthwise kernel whose value is added to the loss.
        pointwise_regularizer: The same of the pointwise kernel.
        depthwise_constraint: A function that the depthwise kernel passes through after each optimizer step.
        pointwise_constraint: The same for the pointwise kernel.
        windowed: The other arguments of `BaseWindowed`.

    Raises:
        ArgumentError: An argument is none of these.
    """

    _strided_and_dilated = True

    def __init__(
        self,
        rank: int,
        depth_multiplier: int,
        filters: int,
        kernel_size: Any,
        *,
        depthwise_initializer: Any,
        pointwise_initializer: Any,
        depthwise_regularizer: Any,
        pointwise_regularizer: Any,
        depthwise_constraint: Any,
        pointwise_constraint: Any,
        **windowed: Any,
    ) -> None:
        super().__init__(rank, kernel_size, **windowed)
        self.depth_multiplier = check_size("depth_multiplier", depth_multiplier)
        self.filters = check_size("filters", filters)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape: Any) -> None:
        """Make the two kernels and the bias."""
        channels = self._input_channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            name="depthwise_kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            name="pointwise_kernel",
            shape=(*(1,) * self.rank, channels * self.depth_multiplier, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self._add_bias(self.filters)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Both convolutions, with bias and activation."""
        convolved = ops.separable_conv(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            self.strides,
            self.padding,
            self.data_format,
            self.dilation_rate,
        )
        return self._finish(convolved)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("depth_multiplier", "filters"),
            **self._config_of("depthwise_initializer", "depthwise_regularizer", "depthwise_constraint"),
            **self._config_of("pointwise_initializer", "pointwise_regularizer", "pointwise_constraint"),
        }
