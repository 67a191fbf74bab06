"""GRUCell: one step of a gated recurrent unit."""

from __future__ import annotations

from typing import Any

from multikeras import activations, ops
from multikeras.layers.recurrent.base_cell import BaseCell


class GRUCell(BaseCell):
    """`h = z * h + (1 - z) * tanh(n)` with an update gate `z` and a reset gate `r`, which enters `n`.

    With `x = inputs @ kernel + bias[0]` and `y = h @ recurrent_kernel + bias[1]`, each made of thirds for `z`, `r` and
    `n`: `z = sigmoid(x_z + y_z)`, `r = sigmoid(x_r + y_r)` and `n = x_n + r * y_n`. Where the gate comes before the
    product, `n = x_n + (r * h) @ recurrent_kernel_n`, and there is one bias.

    Args:
        units: The size of the state, which is the output.
        activation: A function, or its name: `tanh` above.
        recurrent_activation: A function, or its name: `sigmoid` above.
        use_bias: Whether a bias is added.
        kernel_initializer: What makes the kernel, of shape (features, 3 * units).
        recurrent_initializer: What makes the recurrent kernel, of shape (units, 3 * units).
        bias_initializer: What makes the bias, of shape (2, 3 * units), or (3 * units,).
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        recurrent_regularizer: The same of the recurrent kernel.
        bias_regularizer: The same of the bias.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        recurrent_constraint: The same for the recurrent kernel.
        bias_constraint: The same for the bias.
        dropout: The share of the inputs that is dropped in training.
        recurrent_dropout: The share of the state that is dropped in training.
        reset_after: Whether the reset gate comes after the product with the recurrent kernel.
        seed: An integer, for draws that are the same in each run.
        **kwargs: Those of `Layer`, and `implementation`: 1 to drop other inputs for each gate, 2 (by default) to drop
            the same.

    Call:
        inputs: Floats of shape (batch, features).
        states: One tensor of shape (batch, units), in a list. Returns the output, of that shape, and a list of the
            next state.

    Source:
        Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
        2014, eq. 5 to 8.

    ```python
    >>> import multikeras as keras
    >>> output, states = GRUCell(2)(keras.ops.ones((1, 3)), [keras.ops.zeros((1, 2))])
    >>> output.shape, len(states)
    ((1, 2), 1)

    ```
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._set_arguments(
            *(units, activation, use_bias),
            *(kernel_initializer, recurrent_initializer, bias_initializer),
            *(kernel_regularizer, recurrent_regularizer, bias_regularizer),
            *(kernel_constraint, recurrent_constraint, bias_constraint),
            *(dropout, recurrent_dropout, seed),
            implementation=implementation,
        )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.reset_after = reset_after

    def _bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _entering(self, inputs: Any, mask: Any, bias: Any) -> list[Any]:
        """What the inputs add to each gate."""
        if isinstance(mask, list):
            products = self._products(inputs, self.kernel, mask)
            biases = [None] * 3 if bias is None else ops.split(bias, 3)
            return [z if b is None else ops.add(z, b) for z, b in zip(products, biases, strict=True)]
        z = ops.matmul(inputs if mask is None else ops.multiply(inputs, mask), self.kernel)
        return ops.split(z if bias is None else ops.add(z, bias), 3, axis=-1)

    def _step(self, inputs: Any, states: Any, masks: tuple[Any, Any]) -> tuple[Any, list[Any]]:
        h = states[0]
        outer, inner = self.bias, None
        if self.reset_after and self.bias is not None:
            outer, inner = ops.unstack(self.bias, 2)
        x_z, x_r, x_n = self._entering(inputs, masks[0], outer)
        h_z, h_r, h_n = [h] * 3 if masks[1] is None else [ops.multiply(h, mask) for mask in masks[1]]
        gate = self.recurrent_activation
        if self.reset_after:
            if masks[1] is None:
                y = ops.matmul(h, self.recurrent_kernel)
                y_z, y_r, y_n = ops.split(y if inner is None else ops.add(y, inner), 3, axis=-1)
            else:
                y_z, y_r, y_n = self._products(h, self.recurrent_kernel, masks[1])
                if inner is not None:
                    b_z, b_r, b_n = ops.split(inner, 3)
                    y_z, y_r, y_n = ops.add(y_z, b_z), ops.add(y_r, b_r), ops.add(y_n, b_n)
            n = ops.add(x_n, ops.multiply(gate(ops.add(x_r, y_r)), y_n))
        else:
            u_z, u_r, u_n = ops.split(self.recurrent_kernel, 3, axis=-1)
            y_z, y_r = ops.matmul(h_z, u_z), ops.matmul(h_r, u_r)
            n = ops.add(x_n, ops.matmul(ops.multiply(gate(ops.add(x_r, y_r)), h_n), u_n))
        z = gate(ops.add(x_z, y_z))
        n = self.activation(n)
        state = ops.add(ops.multiply(z, h), ops.multiply(ops.subtract(1, z), n))
        return state, [state]

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal cell."""
        return {**super().get_config(), **self._config_of("recurrent_activation", "reset_after")}
