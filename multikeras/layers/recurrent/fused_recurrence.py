"""FusedRecurrence: what the recurrences share that one op computes as a whole."""

from __future__ import annotations

from typing import Any

from multikeras import activations, ops
from multikeras.errors import ArgumentError, NotSupportedError
from multikeras.layers.base.input_spec import InputSpec
from multikeras.layers.recurrent.base_cell import BaseCell
from multikeras.layers.recurrent.of_cell import OfCell
from multikeras.layers.recurrent.own_cell import OwnCell


class FusedRecurrence(OwnCell):
    """The base of recurrences for which there is an op, and of which frameworks have fused kernels.

    A subclass calls the op in `_whole`.

    Args:
        cell: The cell.
        recurrence: Further arguments of `RNN` by position.
        use_cudnn: `True` to insist on the fused kernels, `False` to do without, `"auto"` to use them where possible.
        kwargs: Those of `Layer`.

    Raises:
        ArgumentError: `use_cudnn` is none of these.
    """

    units = OfCell()
    recurrent_activation = OfCell()

    def __init__(self, cell: BaseCell, *recurrence: Any, use_cudnn: Any, **kwargs: Any) -> None:
        if use_cudnn not in ("auto", True, False):
            raise ArgumentError('`use_cudnn` is "auto" or a bool.', received=f"use_cudnn={use_cudnn!r}")
        super().__init__(cell, *recurrence, **kwargs)
        self.use_cudnn = use_cudnn
        self.input_spec = InputSpec(ndim=3)

    @property
    def kernel_reason(self) -> str | None:
        """Why the recurrence runs its cell step by step, `None` where an op computes it as a whole."""
        cell = self.cell
        if self.use_cudnn is False:
            return "use_cudnn=False"
        if type(cell).call is not BaseCell.call or not cell._calls_step:
            return "the cell has a step of its own"
        if 0 < cell.recurrent_dropout < 1:
            return "recurrent_dropout > 0: the state is masked in each step"
        if cell.activation is not activations.tanh:
            return "activation is not tanh"
        if cell.recurrent_activation is not activations.sigmoid:
            return "recurrent_activation is not sigmoid"
        if cell.implementation == 1 and cell.dropout:
            return "implementation=1: each gate drops other inputs"
        if cell._dtype_policy is not self._dtype_policy and cell._dtype_policy != self._dtype_policy:
            return "the cell has a dtype policy of its own"
        return None

    def _whole(self, sequences: Any, initial_state: Any, mask: Any) -> tuple[Any, list[Any]]:
        """The outputs and the last states by the op, `initial_state` being `None` for zeros."""
        raise NotImplementedError

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """See `RNN.inner_loop`."""
        reason = self.kernel_reason
        if reason is not None:
            if self.use_cudnn is True:
                raise NotSupportedError(
                    f"Fused kernels do not compute {self.name!r}: {reason}.", hint='use_cudnn="auto"'
                )
            return super().inner_loop(sequences, initial_state, mask, training)
        cell = self.cell
        if training and 0 < cell.dropout < 1:
            dropped, _ = cell._draw_masks(sequences[:, :1], None, True)
            sequences = ops.multiply(sequences, dropped)
        outputs, states = self._whole(sequences, initial_state, mask)
        return outputs, outputs, states
