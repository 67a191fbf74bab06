"""Conv1D: convolution over steps."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.convolutional.base_conv import BaseConv


class Conv1D(BaseConv):
    """Convolution over steps: `activation(conv(inputs, kernel) + bias)`.

    Args:
        filters: The number of output channels.
        kernel_size: The window's size: an integer, or 1 of them.
        strides: The distance of windows.
        padding: `"valid"`: none; `"same"`: as many windows as entries, divided by the strides; `"causal"`: no output
            depends on later entries.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: The distance of a window's entries.
        groups: The number of groups of channels that are convolved apart.
        activation: A function, or its name; none by default.
        use_bias: Whether a bias is added.
        kernel_initializer: What makes the kernel, of shape (*kernel_size, inputs / groups, filters).
        bias_initializer: What makes the bias, of shape (filters,).
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        bias_regularizer: The same of the bias.
        activity_regularizer: The same of the output.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        bias_constraint: The same for the bias.

    Call:
        inputs: Floats of shape (batch, steps, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these, or `filters` no multiple of `groups`.

    ```python
    >>> import multikeras as keras
    >>> Conv1D(4, 3)(keras.ops.ones((2, 8, 3))).shape
    (2, 6, 4)

    ```
    """

    _paddings = ("valid", "same", "causal")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            1,
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            groups=groups,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )

    def call(self, inputs: Any) -> Any:
        """The convolution, with bias and activation."""
        if self.padding != "causal":
            return self._convolve(inputs, self.padding)
        # Every window ends at its own step.
        reach = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        return self._convolve(ops.pad(inputs, ((0, 0), (reach, 0), (0, 0))), "valid")
