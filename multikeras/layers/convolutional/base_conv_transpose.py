"""BaseConvTranspose: what the transposed convolutions in one to three dimensions share."""

from __future__ import annotations

from typing import Any

from multikeras import constraints, initializers, ops, regularizers
from multikeras.errors import ArgumentError
from multikeras.layers.convolutional.base_windowed import BaseWindowed, sizes
from multikeras.layers.core.dense import check_size


class BaseConvTranspose(BaseWindowed):
    """The base of transposed convolutions.

    Args:
        rank: The number of spatial axes.
        filters: The number of output channels.
        kernel_size: The window's size.
        strides: Entries of the output for each of the input.
        output_padding: Entries that are added at the far end, fewer than `strides`.
        kernel_initializer: What makes the kernel, of shape (*kernel_size, filters, inputs).
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        windowed: The other arguments of `BaseWindowed`.

    Raises:
        ArgumentError: An argument is none of these.
    """

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        *,
        strides: Any,
        output_padding: Any,
        kernel_initializer: Any,
        kernel_regularizer: Any,
        kernel_constraint: Any,
        **windowed: Any,
    ) -> None:
        super().__init__(rank, kernel_size, strides=strides, **windowed)
        self.filters = check_size("filters", filters)
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = sizes("output_padding", output_padding, rank, least=0)
            if any(added >= stride for added, stride in zip(self.output_padding, self.strides, strict=True)):
                raise ArgumentError(
                    "`output_padding` is less than `strides`.",
                    received=f"output_padding={output_padding}, strides={strides}",
                )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, self.filters, self._input_channels(input_shape)),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self._add_bias(self.filters)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The transposed convolution, with bias and activation."""
        spread = ops.conv_transpose(
            inputs, self.kernel, self.strides, self.padding, self.output_padding, self.data_format, self.dilation_rate
        )
        return self._finish(spread)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("filters", "output_padding"),
            **self._config_of("kernel_initializer", "kernel_regularizer", "kernel_constraint"),
        }
