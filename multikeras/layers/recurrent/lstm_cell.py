"""LSTMCell: one step of a long short-term memory."""

from __future__ import annotations

from typing import Any

from multikeras import activations, initializers, ops
from multikeras.layers.recurrent.base_cell import BaseCell


class LSTMCell(BaseCell):
    """`h = sigmoid(o) * tanh(c)` with `c = sigmoid(f) * c + sigmoid(i) * tanh(g)`, where `i, f, g, o` are the quarters
    of `x @ kernel + h @ recurrent_kernel + bias`.

    Args:
        units: The size of the state, which is the output, and of the memory.
        activation: A function, or its name: `tanh` above.
        recurrent_activation: A function, or its name: `sigmoid` above.
        use_bias: Whether a bias is added.
        kernel_initializer: What makes the kernel, of shape (features, 4 * units).
        recurrent_initializer: What makes the recurrent kernel, of shape (units, 4 * units).
        bias_initializer: What makes the bias, of shape (4 * units,).
        unit_forget_bias: Whether the bias of the forget gate starts at 1.
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        recurrent_regularizer: The same of the recurrent kernel.
        bias_regularizer: The same of the bias.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        recurrent_constraint: The same for the recurrent kernel.
        bias_constraint: The same for the bias.
        dropout: The share of the inputs that is dropped in training.
        recurrent_dropout: The share of the state that is dropped in training.
        seed: An integer, for draws that are the same in each run.
        **kwargs: Those of `Layer`, and `implementation`: 1 to drop other inputs for each gate, 2 (by default) to drop
            the same.

    Call:
        inputs: Floats of shape (batch, features).
        states: State and memory, both of shape (batch, units), in a list. Returns the output, of that shape, and a
            list of the next two.

    Source:
        Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; a forget gate that starts open: Jozefowicz, Zaremba
        and Sutskever, "An Empirical Exploration of Recurrent Network Architectures", 2015.

    ```python
    >>> import multikeras as keras
    >>> state = keras.ops.zeros((1, 2))
    >>> output, states = LSTMCell(2)(keras.ops.ones((1, 3)), [state, state])
    >>> output.shape, len(states)
    ((1, 2), 2)

    ```
    """

    gates = 4

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
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
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [self.units, self.units]

    def _bias_maker(self) -> Any:
        return forgetting(self.bias_initializer, self.units) if self.unit_forget_bias else self.bias_initializer

    def _step(self, inputs: Any, states: Any, masks: tuple[Any, Any]) -> tuple[Any, list[Any]]:
        i, f, g, o = self._gates(inputs, states[0], masks)
        gate, activation = self.recurrent_activation, self.activation
        memory = ops.add(ops.multiply(gate(f), states[1]), ops.multiply(gate(i), activation(g)))
        state = ops.multiply(gate(o), activation(memory))
        return state, [state, memory]

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal cell."""
        return {**super().get_config(), **self._config_of("recurrent_activation", "unit_forget_bias")}


def forgetting(initializer: Any, units: int) -> Any:
    """What makes the bias of four gates, of `units` entries each: ones for the second, that which forgets."""

    def make(shape: Any, dtype: Any = None) -> Any:
        first, ones, rest = (
            initializer((units,), dtype=dtype),
            initializers.Ones(),
            initializer((2 * units,), dtype=dtype),
        )
        return ops.concatenate([first, ones((units,), dtype=dtype), rest])

    return make
