"""EinsumDense: a product with a kernel along axes of one's choice."""

from __future__ import annotations

from typing import Any

from multikeras import activations, constraints, initializers, ops, regularizers
from multikeras.errors import ArgumentError, NotSupportedError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.core.einsum_equation import analyze, matrix_shape, read_equation
from multikeras.layers.layer import Layer
from multikeras.layers.lora import LoraKernel


class EinsumDense(LoraKernel, Layer):
    """`activation(einsum(equation, inputs, kernel) + bias)`.

    Equations that sum over the last axes of the input, such as "abc,cd->abd" and "abcd,cde->abe", are computed as one
    product of matrices.

    Args:
        equation: The axes of input, kernel and output, such as "abc,cd->abd"; `...` stands for any number of axes, all
            in front or all behind.
        output_shape: The sizes of the output behind the batch axis, `None` where they are the input's; with `...`,
            those that are written out.
        activation: A function, or its name; none by default.
        bias_axes: The axes of the output along which a bias has entries; no bias by default.
        kernel_initializer: What makes the kernel.
        bias_initializer: What makes the bias.
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        bias_regularizer: The same of the bias.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        bias_constraint: The same for the bias.
        lora_rank: Rank of a trained update of a frozen kernel; see `enable_lora`.
        lora_alpha: The update is scaled by `lora_alpha / lora_rank`; `lora_rank` by default.
        gptq_unpacked_column_size: Not supported yet.
        quantization_config: Not supported yet.

    Raises:
        ArgumentError: The equation is malformed.
        ShapeError: It does not fit the input, or `output_shape`.

    ```python
    >>> import multikeras as keras
    >>> EinsumDense("abc,cde->abde", (None, 2, 5), bias_axes="de")(keras.ops.ones((4, 3, 7))).shape
    (4, 3, 2, 5)

    ```
    """

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        gptq_unpacked_column_size: int | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        read_equation(equation)
        self.equation = equation
        sizes = (output_shape,) if hasattr(output_shape, "__index__") else output_shape
        if not isinstance(sizes, (list, tuple)) or any(s is not None and not hasattr(s, "__index__") for s in sizes):
            raise ArgumentError(
                "`output_shape` is a size, or a tuple of sizes.", received=repr(output_shape), hint="64"
            )
        self.partial_output_shape = tuple(sizes)
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        if quantization_config is not None or gptq_unpacked_column_size is not None:
            raise NotSupportedError("EinsumDense is not quantized by an argument.", hint="quantization_config=None")
        self._start_lora(lora_rank, lora_alpha)

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias."""
        shapes = analyze(self.equation, self.bias_axes, input_shape, self.partial_output_shape)
        initializer = self.kernel_initializer
        if isinstance(initializer, initializers.VarianceScaling) and (
            initializer.input_axes is None or initializer.output_axes is None
        ):
            axes = {"input_axes": shapes.input_axes, "output_axes": shapes.output_axes}
            initializer = type(initializer).from_config({**initializer.get_config(), "seed": initializer.seed, **axes})
        self._kernel = self.add_weight(
            name="kernel",
            shape=shapes.kernel,
            initializer=initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias: Any = None
        if shapes.bias is not None:
            self.bias = self.add_weight(
                name="bias",
                shape=shapes.bias,
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self._product = product = shapes.product
        self._order = product.order if product is not None else None
        if product is not None:
            self._matrix = matrix_shape(shapes.kernel, product)
            self._is_matrix = len(shapes.kernel) == 2
            # The sizes of the axes that the kernel brings; a matrix brings one as it is.
            brought = tuple(shapes.output[len(shapes.output) - product.made :])
            self._made = brought if product.made != 1 else None
            # A bias with an entry for each column is added in one kernel with the product.
            self._bias_of_columns = shapes.bias == brought
        # Batch and steps are kept in their places by what sums over later axes.
        self.supports_masking = product is not None and len(input_shape) - product.contracted >= 2
        self.input_spec = InputSpec(ndim=len(input_shape))
        self._finish_lora()
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """The product, with bias and activation."""
        kernel, product, bias = self.kernel, self._product, self.bias
        if product is None:
            x = ops.einsum(self.equation, inputs, kernel)
        else:
            if self._order is not None:
                kernel = ops.transpose(kernel, self._order)
            if not self._is_matrix:
                kernel = ops.reshape(kernel, self._matrix)
            x = inputs
            if product.contracted > 1:
                x = ops.reshape(x, (*ops.shape(x)[: -product.contracted], self._matrix[0]))
            if bias is not None and self._bias_of_columns:
                x = ops.linear(x, kernel, ops.reshape(bias, (-1,)) if product.made > 1 else bias)
                bias = None
            else:
                x = ops.matmul(x, kernel)
            if self._made is not None:
                x = ops.reshape(x, (*ops.shape(x)[:-1], *self._made))
        if bias is not None:
            x = ops.add(x, bias)
        return x if self.activation is activations.linear else self.activation(x)

    @property
    def kernel_reason(self) -> str | None:
        """Why calls are no plain product of matrices, `None` where they are."""
        if not self.built or self._product is not None:
            return None
        return f"the equation {self.equation!r} does not sum over the last axes of the input"

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        config = {
            **super().get_config(),
            "output_shape": self.partial_output_shape,
            **self._config_of("equation", "activation", "bias_axes", "kernel_initializer", "bias_initializer"),
            **self._config_of("kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "quantization_config": None,
        }
        return {**config, **self._lora_config()}
