"""Conv1DTranspose: transposed convolution over steps."""

from __future__ import annotations

from typing import Any

from multikeras.layers.convolutional.base_conv_transpose import BaseConvTranspose


class Conv1DTranspose(BaseConvTranspose):
    """Transposed convolution over steps: each entry of the inputs spreads the kernel over the output.

    It is the gradient of a convolution with respect to its inputs.

    Args:
        filters: The number of output channels.
        kernel_size: The window's size: an integer, or 1 of them.
        strides: Entries of the output for each of the input.
        padding: `"valid"`: the output has all that windows reach; `"same"`: `size * stride` entries.
        output_padding: Entries that the output has in place of these sizes, as in `ops.conv_transpose`; fewer than
            `strides`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: The distance of a window's entries.
        activation: A function, or its name; none by default.
        use_bias: Whether a bias is added.
        kernel_initializer: What makes the kernel, of shape (*kernel_size, filters, inputs).
        bias_initializer: What makes the bias, of shape (filters,).
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        bias_regularizer: The same of the bias.
        activity_regularizer: The same of the output.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        bias_constraint: The same for the bias.

    Call:
        inputs: Floats of shape (batch, steps, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> Conv1DTranspose(4, 3, strides=2)(keras.ops.ones((2, 4, 3))).shape
    (2, 9, 4)

    ```
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
            output_padding=output_padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
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
