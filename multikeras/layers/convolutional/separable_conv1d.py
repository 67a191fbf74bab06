"""SeparableConv1D: depthwise, then pointwise convolution over steps."""

from __future__ import annotations

from typing import Any

from multikeras.layers.convolutional.base_separable_conv import BaseSeparableConv


class SeparableConv1D(BaseSeparableConv):
    """Depthwise convolution over steps, then a product of the channels at each place with a matrix.

    Source: Chollet (2017), "Xception: Deep learning with depthwise separable convolutions", CVPR.

    Args:
        filters: The number of output channels.
        kernel_size: The window's size: an integer, or 1 of them.
        strides: The distance of windows.
        padding: `"valid"`: none; `"same"`: as many windows as entries, divided by the strides.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: The distance of a window's entries.
        depth_multiplier: The number of depthwise filters of each channel.
        activation: A function, or its name; none by default.
        use_bias: Whether a bias is added.
        depthwise_initializer: What makes the depthwise kernel, of shape (*kernel_size, inputs, depth_multiplier).
        pointwise_initializer: What makes the pointwise kernel, of shape (1, inputs * depth_multiplier, filters).
        bias_initializer: What makes the bias, of shape (filters,).
        depthwise_regularizer: A function of the depthwise kernel whose value is added to the loss.
        pointwise_regularizer: The same of the pointwise kernel.
        bias_regularizer: The same of the bias.
        activity_regularizer: The same of the output.
        depthwise_constraint: A function that the depthwise kernel passes through after each optimizer step.
        pointwise_constraint: The same for the pointwise kernel.
        bias_constraint: The same for the bias.

    Call:
        inputs: Floats of shape (batch, steps, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> SeparableConv1D(4, 3)(keras.ops.ones((2, 8, 3))).shape
    (2, 6, 4)

    ```
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            1,
            depth_multiplier,
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
