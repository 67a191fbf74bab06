"""DepthwiseConv1D: convolution of each channel of steps by itself."""

from __future__ import annotations

from typing import Any

from multikeras.layers.convolutional.base_depthwise_conv import BaseDepthwiseConv


class DepthwiseConv1D(BaseDepthwiseConv):
    """Convolution of each channel of steps with `depth_multiplier` filters of its own.

    Filter m of channel c makes channel `c * depth_multiplier + m` of the output.

    Args:
        kernel_size: The window's size: an integer, or 1 of them.
        strides: The distance of windows.
        padding: `"valid"`: none; `"same"`: as many windows as entries, divided by the strides.
        depth_multiplier: The number of filters of each channel.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: The distance of a window's entries.
        activation: A function, or its name; none by default.
        use_bias: Whether a bias is added.
        depthwise_initializer: What makes the kernel, of shape (*kernel_size, inputs, depth_multiplier).
        bias_initializer: What makes the bias, of shape (inputs * depth_multiplier,).
        depthwise_regularizer: A function of the kernel whose value is added to the loss.
        bias_regularizer: The same of the bias.
        activity_regularizer: The same of the output.
        depthwise_constraint: A function that the kernel passes through after each optimizer step.
        bias_constraint: The same for the bias.

    Call:
        inputs: Floats of shape (batch, steps, channels), or with the channels behind the batch axis.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import multikeras as keras
    >>> DepthwiseConv1D(3, depth_multiplier=2)(keras.ops.ones((2, 8, 3))).shape
    (2, 6, 6)

    ```
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            1,
            depth_multiplier,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
