"""SimpleRNNCell: one step of a fully connected recurrence."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.recurrent.base_cell import BaseCell


class SimpleRNNCell(BaseCell):
    """`h = activation(x @ kernel + h @ recurrent_kernel + bias)`.

    Args:
        units: The size of the state, which is the output.
        activation: A function, or its name.
        use_bias: Whether a bias is added.
        kernel_initializer: What makes the kernel, of shape (features, units).
        recurrent_initializer: What makes the recurrent kernel, of shape (units, units).
        bias_initializer: What makes the bias, of shape (units,).
        kernel_regularizer: A function of the kernel whose value is added to the loss.
        recurrent_regularizer: The same of the recurrent kernel.
        bias_regularizer: The same of the bias.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        recurrent_constraint: The same for the recurrent kernel.
        bias_constraint: The same for the bias.
        dropout: The share of the inputs that is dropped in training.
        recurrent_dropout: The share of the state that is dropped in training.
        seed: An integer, for draws that are the same in each run.

    Call:
        inputs: Floats of shape (batch, features).
        states: One tensor of shape (batch, units), in a list. Returns the output, of that shape, and a list of the
            next state.

    ```python
    >>> import multikeras as keras
    >>> output, states = SimpleRNNCell(2)(keras.ops.ones((1, 3)), [keras.ops.zeros((1, 2))])
    >>> output.shape, len(states)
    ((1, 2), 1)

    ```
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
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
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._set_arguments(
            *(units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer),
            *(kernel_regularizer, recurrent_regularizer, bias_regularizer),
            *(kernel_constraint, recurrent_constraint, bias_constraint),
            *(dropout, recurrent_dropout, seed),
        )

    def _step(self, inputs: Any, states: Any, masks: tuple[Any, Any]) -> tuple[Any, list[Any]]:
        state = states[0] if masks[1] is None else ops.multiply(states[0], masks[1])
        (z,) = self._gates(inputs, state, (masks[0], None))
        output = self.activation(z)
        return output, [output]
