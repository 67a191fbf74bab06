"""Scalars that a layer adds to the loss."""

from __future__ import annotations

from typing import Any

from multikeras.backend.select import on_backend
from multikeras.errors import ShapeError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import flatten
from multikeras.layers.base.building import Building
from multikeras.layers.base.call_context import changes


class Losses(Building):
    """The side of a layer that adds losses."""

    def add_loss(self, loss: Any) -> None:
        """Add a scalar to the loss that is minimized; to be called in `call`.

        Args:
            loss: A scalar tensor, or several in a list.

        Raises:
            ShapeError: One is no scalar.
        """
        for value in flatten(loss):
            if tuple(getattr(value, "shape", ())) != ():
                raise ShapeError("A loss that a layer adds is a scalar.", received=str(getattr(value, "shape", None)))
            if isinstance(value, KerasTensor):
                continue
            self._losses.append(value)
        if not self._adds_losses:
            # Layers above must collect losses from now on, so their direct paths are decided anew.
            self._adds_losses = True
            changes.count += 1

    def _add_activity_losses(self, outputs: Any) -> None:
        from multikeras import ops

        for x in flatten(outputs):
            if x is not None:
                size = max(ops.shape(x)[0], 1) if x.shape else 1
                self.add_loss(ops.divide(self.activity_regularizer(x), size))

    def _clear_losses(self) -> None:
        for layer in self._flatten_layers():
            if layer._losses:
                layer._losses.clear()

    def _own_losses(self) -> list[Any]:
        """Losses added in the last call, and those of the regularizers of its own and its layers' weights."""
        found = [loss for layer in self._flatten_layers() for loss in layer._losses]
        for v in self.trainable_weights:
            if v.regularizer is not None:
                found.append(v.regularizer(v))
        return found

    @property
    def losses(self) -> list[Any]:
        """Scalars that are added to the loss: from `add_loss`, activity regularizers and weight regularizers."""
        with on_backend(self._backend):
            return self._own_losses()
