"""What all convolutions share: windows, the bias, the activation."""

from __future__ import annotations

from typing import Any

from multikeras import activations, config, constraints, initializers, ops, regularizers
from multikeras.errors import ArgumentError, ShapeError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.layer import Layer


def sizes(name: str, value: Any, rank: int, least: int = 1) -> tuple[int, ...]:
    """An integer, or one for each spatial axis, as a tuple.

    Raises:
        ArgumentError: It is neither.
    """
    found = (value,) * rank if hasattr(value, "__index__") else value
    ok = isinstance(found, (list, tuple)) and len(found) == rank
    if not ok or any(isinstance(s, bool) or not hasattr(s, "__index__") or s < least for s in found):
        raise ArgumentError(
            f"`{name}` is an integer from {least} on, or {rank} of them.",
            received=f"{name}={value!r}",
            hint=f"{name}=3",
        )
    return tuple(int(s) for s in found)


class BaseWindowed(Layer):
    """The base of layers that combine the entries of windows by weights, then add a bias and apply an activation.

    Args:
        rank: The number of spatial axes.
        kernel_size: The window's size.
        strides: The distance of windows.
        padding: `"valid"`, `"same"`, or, in one dimension, `"causal"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: The distance of a window's entries.
        activation: A function, or its name; none by default.
        use_bias: Whether a bias is added.
        bias_initializer: What makes the bias.
        bias_regularizer: A function of the bias whose value is added to the loss.
        activity_regularizer: The same of the output.
        bias_constraint: A function that the bias passes through after each optimizer step.

    Raises:
        ArgumentError: An argument is none of these.
    """

    _paddings: tuple[str, ...] = ("valid", "same")
    # Whether windows may be apart and spread at once.
    _strided_and_dilated = False

    def __init__(
        self,
        rank: int,
        kernel_size: Any,
        *,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.rank = rank
        self.kernel_size = sizes("kernel_size", kernel_size, rank)
        self.strides = sizes("strides", strides, rank)
        self.dilation_rate = sizes("dilation_rate", dilation_rate, rank)
        self.padding = str(padding).lower()
        if self.padding not in self._paddings:
            raise ArgumentError(
                f"`padding` is one of {', '.join(map(repr, self._paddings))}.", received=f"padding={padding!r}"
            )
        self.data_format = config.standardize_data_format(data_format)
        if not self._strided_and_dilated and max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                "A convolution is strided or dilated, not both.",
                received=f"strides={strides}, dilation_rate={dilation_rate}",
            )
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=rank + 2)
        self.supports_masking = False

    def _input_channels(self, input_shape: Any) -> int:
        """How many channels an input of that shape has, which is demanded of all inputs from then on."""
        axis = -1 if self.data_format == "channels_last" else 1
        channels = input_shape[axis]
        if channels is None:
            raise ShapeError(
                f"The channel axis of the input of {self.name!r} has a known size.", received=f"shape {input_shape}"
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        return channels

    def _add_bias(self, size: int) -> None:
        """Make the bias, if there is to be one."""
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(size,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        # Where the bias broadcasts without a reshape it is added as it is.
        self._bias_shape = None if self.data_format == "channels_last" else (1, size, *(1,) * self.rank)

    def _finish(self, x: Any) -> Any:
        """`x` with bias and activation."""
        if self.bias is not None:
            bias = self.bias if self._bias_shape is None else ops.reshape(self.bias, self._bias_shape)
            x = ops.add(x, bias)
        return x if self.activation is activations.linear else self.activation(x)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("kernel_size", "strides", "padding", "data_format", "dilation_rate"),
            **self._config_of("activation", "use_bias", "activity_regularizer"),
            **self._config_of("bias_initializer", "bias_regularizer", "bias_constraint"),
        }
