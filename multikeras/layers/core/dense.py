"""Dense: a matrix product with a bias."""

from __future__ import annotations

from typing import Any

from multikeras import activations, constraints, initializers, ops, regularizers
from multikeras.errors import ArgumentError, NotSupportedError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.layer import Layer
from multikeras.layers.lora import LoraKernel


def check_size(name: str, value: Any) -> int:
    """A positive integer argument.

    Raises:
        ArgumentError: It is none.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < 1:
        raise ArgumentError(f"`{name}` is an integer from 1 on.", received=f"{name}={value!r}", hint=f"{name}=64")
    return int(value)


class Dense(LoraKernel, Layer):
    """`activation(inputs @ kernel + bias)`, along the last axis.

    Args:
        units: The size of the output's last axis.
        activation: A function, or its name; none by default.
        use_bias: Whether a bias is added.
        kernel_initializer: What makes the kernel, of shape (inputs, units).
        bias_initializer: What makes the bias, of shape (units,).
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        bias_regularizer: The same of the bias.
        activity_regularizer: The same of the output.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        bias_constraint: The same for the bias.
        lora_rank: Rank of a trained update of a frozen kernel; see `enable_lora`.
        lora_alpha: The update is scaled by `lora_alpha / lora_rank`; `lora_rank` by default.
        quantization_config: Not supported yet.

    Call:
        inputs: Floats of shape (batch, ..., inputs). Returns floats of shape (batch, ..., units).

    Raises:
        ArgumentError: `units` is no positive integer.

    ```python
    >>> import multikeras as keras
    >>> Dense(2, activation="relu")(keras.ops.ones((4, 3))).shape
    (4, 2)

    ```
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = check_size("units", units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        if quantization_config is not None:
            raise NotSupportedError("Dense is not quantized by an argument.", hint="quantization_config=None")
        self._start_lora(lora_rank, lora_alpha)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        size = input_shape[-1]
        if size is None:
            raise ArgumentError(
                f"The last axis of the input of {self.name!r} has a known size.", received=f"shape {input_shape}"
            )
        self._kernel = self.add_weight(
            name="kernel",
            shape=(size, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self._finish_lora()
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """The product, with bias and activation."""
        x = ops.linear(inputs, self.kernel, self.bias)
        return x if self.activation is activations.linear else self.activation(x)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        config = {
            **super().get_config(),
            **self._config_of("units", "activation", "use_bias", "kernel_initializer", "bias_initializer"),
            **self._config_of("kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint"),
            "quantization_config": None,
        }
        return {**config, **self._lora_config()}
