"""ConvLSTM: what the recurrences of convolutions in one to three dimensions share."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.recurrent.conv_lstm_cell import ConvLSTMCell
from multikeras.layers.recurrent.masked_scan import masked_scan
from multikeras.layers.recurrent.of_cell import OfCell
from multikeras.layers.recurrent.own_cell import OwnCell, of_layer


class ConvLSTM(OwnCell):
    """The base of recurrences of convolutions; see `ConvLSTM2D` for the arguments.

    The inputs of all steps are convolved at once, before the loop.

    Args:
        rank: The number of spatial axes.
        of_cell: The other arguments of the cell by position.
        return_sequences: See `RNN`, like those that follow.
        return_state: Likewise.
        go_backwards: Likewise.
        stateful: Likewise.
        kwargs: Those of `Layer`.
    """

    cell: ConvLSTMCell

    filters = OfCell()
    kernel_size = OfCell()
    strides = OfCell()
    padding = OfCell()
    data_format = OfCell()
    dilation_rate = OfCell()
    recurrent_activation = OfCell()
    unit_forget_bias = OfCell()

    def __init__(
        self,
        rank: int,
        *of_cell: Any,
        return_sequences: bool,
        return_state: bool,
        go_backwards: bool,
        stateful: bool,
        **kwargs: Any,
    ) -> None:
        cell = ConvLSTMCell(rank, *of_cell, **of_layer(kwargs), name="conv_lstm_cell")
        super().__init__(cell, return_sequences, return_state, go_backwards, stateful, **kwargs)
        self.input_spec = InputSpec(ndim=rank + 3)

    def _output_sizes(self) -> tuple[int, ...]:
        return self.cell._state_sizes

    def _state_shapes(self, batch: Any) -> list[Any]:
        return [(batch, *self._output_sizes())] * 2

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The shape of the outputs, and those of state and memory."""
        batch, steps = sequences_shape[:2]
        sizes = self.cell.output_shape_for((batch, *sequences_shape[2:]))[1:]
        shape = (batch, steps, *sizes) if self.return_sequences else (batch, *sizes)
        return (shape, (batch, *sizes), (batch, *sizes)) if self.return_state else shape

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """See `RNN.inner_loop`."""
        cell = self.cell
        steps = sequences.shape[1]
        if type(cell).call is not ConvLSTMCell.call or not steps or (training and 0 < cell.dropout < 1):
            return super().inner_loop(sequences, initial_state, mask, training)
        batch = ops.shape(sequences)[0]
        states = cell.get_initial_state(batch) if initial_state is None else initial_state
        _, masks = cell._draw_masks(None, states[0], training)
        inner = sequences.shape[2:]
        count = -1 if sequences.shape[0] in (None, 0) else math.prod(sequences.shape[:2])
        entering = cell._entering(ops.reshape(sequences, (count, *inner)), None)
        return masked_scan(
            lambda x, s: cell._recurrent_step(x, s, masks),
            ops.reshape(entering, (batch, steps, *entering.shape[1:])),
            states,
            mask,
            output_shape=(batch, *self._output_sizes()),
            go_backwards=self.go_backwards,
            return_sequences=self.return_sequences,
            zero_output_for_mask=self.zero_output_for_mask,
            unroll=self.unroll,
        )
