"""LSTM: a long short-term memory."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.recurrent.fused_recurrence import FusedRecurrence
from multikeras.layers.recurrent.lstm_cell import LSTMCell
from multikeras.layers.recurrent.of_cell import OfCell
from multikeras.layers.recurrent.own_cell import of_layer


class LSTM(FusedRecurrence):
    """`h = sigmoid(o) * tanh(c)` with `c = sigmoid(f) * c + sigmoid(i) * tanh(g)` for each step of a sequence, where
    `i, f, g, o` are the quarters of `x @ kernel + h @ recurrent_kernel + bias`.

    The sigmoids and tanhs above, without recurrent dropout, are computed by the framework's fused kernels: see
    `kernel_reason`.

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
        activity_regularizer: The same of the output.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        recurrent_constraint: The same for the recurrent kernel.
        bias_constraint: The same for the bias.
        dropout: The share of the inputs that is dropped in training, the same ones in each step.
        recurrent_dropout: The share of the state that is dropped in training, the same ones in each step.
        seed: An integer, for draws that are the same in each run.
        return_sequences: Whether there is an output for each step; else for the last one alone.
        return_state: Whether the state and the memory after the last step are returned too.
        go_backwards: Whether the last step comes first. Outputs then are in that order, too.
        stateful: Whether a batch starts with the state that the batch before ended with.
        unroll: Whether a compiled loop is written out, where there is one.
        use_cudnn: `True` to insist on the fused kernels, `False` to do without, `"auto"` to use them where possible.

    Call:
        sequences: Floats of shape (batch, steps, features).
        initial_state: State and memory before the first step, of shape (batch, units), in a list; zeros by default.
        mask: Bools of shape (batch, steps). A step that is `False` leaves the state as it is.

    Raises:
        ArgumentError: An argument has a value that it can't have.
        NotSupportedError: The fused kernels are insisted on, and can't compute this.
        ShapeError: A mask or a state has another shape.
        StructureError: There are more or fewer states.

    Source:
        Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; a forget gate that starts open: Jozefowicz, Zaremba
        and Sutskever, "An Empirical Exploration of Recurrent Network Architectures", 2015.

    ```python
    >>> import multikeras as keras
    >>> LSTM(4, return_sequences=True)(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)

    ```
    """

    cell: LSTMCell

    unit_forget_bias = OfCell()

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        cell = LSTMCell(
            *(units, activation, recurrent_activation, use_bias),
            *(kernel_initializer, recurrent_initializer, bias_initializer, unit_forget_bias),
            *(kernel_regularizer, recurrent_regularizer, bias_regularizer),
            *(kernel_constraint, recurrent_constraint, bias_constraint),
            *(dropout, recurrent_dropout, seed),
            implementation=kwargs.pop("implementation", 2),
            **of_layer(kwargs),
            name="lstm_cell",
        )
        super().__init__(
            *(cell, return_sequences, return_state, go_backwards, stateful, unroll),
            use_cudnn=use_cudnn,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )

    def _whole(self, sequences: Any, initial_state: Any, mask: Any) -> tuple[Any, list[Any]]:
        cell = self.cell
        h, c = (None, None) if initial_state is None else initial_state
        outputs, h, c = ops.lstm(
            *(sequences, cell.kernel, cell.recurrent_kernel, cell.bias, h, c, mask),
            *(self.go_backwards, self.return_sequences, self.zero_output_for_mask),
        )
        return outputs, [h, c]
