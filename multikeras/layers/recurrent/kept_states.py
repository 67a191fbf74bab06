"""KeptStates: variables by which a stateful layer goes on where the batch before ended."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.backend.contract import Capability
from multikeras.errors import ShapeError
from multikeras.graph.operation import flatten, map_structure
from multikeras.state.scope import name_scope
from multikeras.state.variable import Variable


class KeptStates:
    """Variables like the states of a batch. No weights: they are neither counted nor saved, as in Keras.

    Args:
        states: First values, nested.
        layer: The layer whose they are.
    """

    def __init__(self, states: list[Any], layer: Any) -> None:
        with name_scope(layer.name):
            self.variables: list[Any] = map_structure(
                lambda x: Variable(x, trainable=False, dtype=layer.variable_dtype, name="rnn_state"), states
            )
        self.batch: int = flatten(self.variables)[0].shape[0]

    def check(self, batch: Any, name: str) -> None:
        """Raise unless a batch has the size that the states are for.

        Raises:
            ShapeError: It has another.
        """
        if batch is not None and batch != self.batch:
            raise ShapeError(
                f"The stateful layer {name!r} takes batches of {self.batch} sequences.", received=f"a batch of {batch}"
            )

    def read(self) -> list[Any]:
        """The states."""
        backend = flatten(self.variables)[0]._backend
        if Capability.MUTABLE_VARIABLES in backend.can:
            # They are assigned before gradients are taken of what was computed with them.
            return map_structure(lambda v: backend.tensors.copy(v.value), self.variables)
        return map_structure(lambda v: v.value, self.variables)

    def store(self, states: Any) -> None:
        """Keep other states."""
        for variable, state in zip(flatten(self.variables), flatten(states), strict=True):
            variable.assign(ops.stop_gradient(state))

    def reset(self) -> None:
        """Set them to zeros."""
        for variable in flatten(self.variables):
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))
