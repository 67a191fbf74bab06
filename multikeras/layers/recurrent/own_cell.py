"""OwnCell: what the recurrences that make their cell themselves share."""

from __future__ import annotations

from typing import Any

from multikeras.layers.recurrent.of_cell import OfCell
from multikeras.layers.recurrent.rnn import RNN


def of_layer(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that a cell has from the layer that makes it, given those of `Layer`."""
    return {"dtype": arguments.get("dtype"), "trainable": arguments.get("trainable", True)}


class OwnCell(RNN):
    """The base of recurrences whose arguments are those of their cell, and more.

    A subclass makes the cell, and hands it to the constructor.
    """

    activation = OfCell()
    use_bias = OfCell()
    kernel_initializer = OfCell()
    recurrent_initializer = OfCell()
    bias_initializer = OfCell()
    kernel_regularizer = OfCell()
    recurrent_regularizer = OfCell()
    bias_regularizer = OfCell()
    kernel_constraint = OfCell()
    recurrent_constraint = OfCell()
    bias_constraint = OfCell()
    dropout = OfCell()
    recurrent_dropout = OfCell()

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        own = self.cell.get_config()
        of_cell = {k: v for k, v in own.items() if k not in ("name", "trainable", "dtype")}
        config = {**super().get_config(), **of_cell, **self._config_of("activity_regularizer")}
        del config["cell"]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer of a `get_config`."""
        return cls(**config)
