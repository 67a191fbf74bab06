"""GRU: a gated recurrent unit."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.layers.recurrent.fused_recurrence import FusedRecurrence
from multikeras.layers.recurrent.gru_cell import GRUCell
from multikeras.layers.recurrent.of_cell import OfCell
from multikeras.layers.recurrent.own_cell import of_layer


class GRU(FusedRecurrence):
    """`h = z * h + (1 - z) * tanh(n)` for each step of a sequence, with an update gate `z` and a reset gate `r`, which
    enters `n`; see `GRUCell` for their sums.

    The sigmoids and tanhs above, without recurrent dropout, are computed by the framework's fused kernels: see
    `kernel_reason`.

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
        activity_regularizer: The same of the output.
        kernel_constraint: A function that the kernel passes through after each optimizer step.
        recurrent_constraint: The same for the recurrent kernel.
        bias_constraint: The same for the bias.
        dropout: The share of the inputs that is dropped in training, the same ones in each step.
        recurrent_dropout: The share of the state that is dropped in training, the same ones in each step.
        seed: An integer, for draws that are the same in each run.
        return_sequences: Whether there is an output for each step; else for the last one alone.
        return_state: Whether the state after the last step is returned too.
        go_backwards: Whether the last step comes first. Outputs then are in that order, too.
        stateful: Whether a batch starts with the state that the batch before ended with.
        unroll: Whether a compiled loop is written out, where there is one.
        reset_after: Whether the reset gate comes after the product with the recurrent kernel.
        use_cudnn: `True` to insist on the fused kernels, `False` to do without, `"auto"` to use them where possible.

    Call:
        sequences: Floats of shape (batch, steps, features).
        initial_state: The state before the first step, of shape (batch, units); zeros by default.
        mask: Bools of shape (batch, steps). A step that is `False` leaves the state as it is.

    Raises:
        ArgumentError: An argument has a value that it can't have.
        NotSupportedError: The fused kernels are insisted on, and can't compute this.
        ShapeError: A mask or a state has another shape.
        StructureError: There are more or fewer states.

    Source:
        Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
        2014, eq. 5 to 8.

    ```python
    >>> import multikeras as keras
    >>> GRU(4, return_sequences=True)(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)

    ```
    """

    cell: GRUCell

    reset_after = OfCell()

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
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        cell = GRUCell(
            *(units, activation, recurrent_activation, use_bias),
            *(kernel_initializer, recurrent_initializer, bias_initializer),
            *(kernel_regularizer, recurrent_regularizer, bias_regularizer),
            *(kernel_constraint, recurrent_constraint, bias_constraint),
            *(dropout, recurrent_dropout, reset_after, seed),
            implementation=kwargs.pop("implementation", 2),
            **of_layer(kwargs),
            name="gru_cell",
        )
        super().__init__(
            *(cell, return_sequences, return_state, go_backwards, stateful, unroll),
            use_cudnn=use_cudnn,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )

    def _whole(self, sequences: Any, initial_state: Any, mask: Any) -> tuple[Any, list[Any]]:
        cell = self.cell
        (h,) = (None,) if initial_state is None else initial_state
        outputs, h = ops.gru(
            *(sequences, cell.kernel, cell.recurrent_kernel, cell.bias, h, mask, cell.reset_after),
            *(self.go_backwards, self.return_sequences, self.zero_output_for_mask),
        )
        return outputs, [h]
