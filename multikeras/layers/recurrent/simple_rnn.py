"""SimpleRNN: a fully connected recurrence."""

from __future__ import annotations

from typing import Any

from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.recurrent.of_cell import OfCell
from multikeras.layers.recurrent.own_cell import OwnCell, of_layer
from multikeras.layers.recurrent.simple_rnn_cell import SimpleRNNCell


class SimpleRNN(OwnCell):
    """`h = activation(x @ kernel + h @ recurrent_kernel + bias)` for each step of a sequence.

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
        activity_regularizer: The same of the output.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        recurrent_constraint: The same for the recurrent kernel.
        bias_constraint: The same for the bias.
        dropout: The share of the inputs that is dropped in training, the same ones in each step.
        recurrent_dropout: The share of the state that is dropped in training, the same ones in each step.
        return_sequences: Whether there is an output for each step; else for the last one alone.
        return_state: Whether the state after the last step is returned too.
        go_backwards: Whether the last step comes first. Outputs then are in that order, too.
        stateful: Whether a batch starts with the state that the batch before ended with.
        unroll: Whether a compiled loop is written out.
        seed: An integer, for draws that are the same in each run.

    Call:
        sequences: Floats of shape (batch, steps, features).
        initial_state: The state before the first step, of shape (batch, units); zeros by default.
        mask: Bools of shape (batch, steps). A step that is `False` leaves the state as it is.

    Raises:
        ArgumentError: `units` is no positive integer, or a share no probability.
        ShapeError: A mask or a state has another shape.

    ```python
    >>> import multikeras as keras
    >>> SimpleRNN(4, return_sequences=True)(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)

    ```
    """

    cell: SimpleRNNCell

    units = OfCell()

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = SimpleRNNCell(
            *(units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer),
            *(kernel_regularizer, recurrent_regularizer, bias_regularizer),
            *(kernel_constraint, recurrent_constraint, bias_constraint),
            *(dropout, recurrent_dropout, seed),
            **of_layer(kwargs),
            name="simple_rnn_cell",
        )
        super().__init__(
            *(cell, return_sequences, return_state, go_backwards, stateful, unroll),
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=3)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        config = super().get_config()
        if self.cell.seed is None:
            # Keras does not write it down.
            del config["seed"]
        return config
