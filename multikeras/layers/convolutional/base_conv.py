"""BaseConv: what the convolutions in one to three dimensions share."""

from __future__ import annotations

from typing import Any

from multikeras import activations, config, constraints, initializers, ops, regularizers
from multikeras.errors import ArgumentError, ShapeError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.core.dense import check_size
from multikeras.layers.layer import Layer
from multikeras.layers.lora import LoraKernel


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


class BaseConv(LoraKernel, Layer):
    """The base of convolutions.

    Args:
        rank: The number of spatial axes.
        filters: The number of output channels.
        kernel_size: The window's size.
        strides: The distance of windows.
        padding: `"valid"`, `"same"`, or, in one dimension, `"causal"`.
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

    Raises:
        ArgumentError: An argument is none of these, or `filters` no multiple of `groups`.
    """

    _paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self,
        rank: int,
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
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.rank = rank
        self.filters = check_size("filters", filters)
        self.kernel_size = sizes("kernel_size", kernel_size, rank)
        self.strides = sizes("strides", strides, rank)
        self.dilation_rate = sizes("dilation_rate", dilation_rate, rank)
        self.groups = check_size("groups", groups)
        self.padding = str(padding).lower()
        if self.padding not in self._paddings:
            raise ArgumentError(
                f"`padding` is one of {', '.join(map(repr, self._paddings))}.", received=f"padding={padding!r}"
            )
        if self.padding == "causal" and config.standardize_data_format(data_format) != "channels_last":
            raise ArgumentError("Causal padding goes with channels last.", received=f"data_format={data_format!r}")
        self.data_format = config.standardize_data_format(data_format)
        if self.filters % self.groups:
            raise ArgumentError("`filters` is a multiple of `groups`.", received=f"filters={filters}, groups={groups}")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                "A convolution is strided or dilated, not both.",
                received=f"strides={strides}, dilation_rate={dilation_rate}",
            )
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._start_lora(None, None)
        self.input_spec = InputSpec(ndim=rank + 2)
        self.supports_masking = False

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        axis = -1 if self.data_format == "channels_last" else 1
        channels = input_shape[axis]
        if channels is None:
            raise ShapeError(
                f"The channel axis of the input of {self.name!r} has a known size.", received=f"shape {input_shape}"
            )
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
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        # Where the bias broadcasts without a reshape it is added as it is.
        self._bias_shape = None if axis == -1 else (1, self.filters, *(1,) * self.rank)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        self.built = True

    def _convolve(self, inputs: Any) -> Any:
        return ops.conv(inputs, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate)

    def call(self, inputs: Any) -> Any:
        """The convolution, with bias and activation."""
        x = self._convolve(inputs)
        if self.bias is not None:
            bias = self.bias if self._bias_shape is None else ops.reshape(self.bias, self._bias_shape)
            x = ops.add(x, bias)
        return x if self.activation is activations.linear else self.activation(x)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        return {
            **super().get_config(),
            **self._config_of("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups"),
            **self._config_of("activation", "use_bias", "kernel_initializer", "bias_initializer"),
            **self._config_of("kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint"),
        }
