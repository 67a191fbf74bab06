"""StackedRNNCells: several cells as one."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, StructureError
from multikeras.graph.operation import flatten
from multikeras.layers.layer import Layer
from multikeras.state.scope import name_scope


def as_list(states: Any) -> list[Any]:
    """States in a list, of which a cell may give one alone."""
    return list(states) if isinstance(states, (list, tuple)) else [states]


def check_cell(cell: Any) -> None:
    """Raise unless an object has what a cell needs.

    Raises:
        ArgumentError: It has no `call`, or no `state_size`.
    """
    for name, hint in (("call", "def call(self, inputs, states): ..."), ("state_size", "self.state_size = 32")):
        if not hasattr(type(cell), name) and name not in getattr(cell, "__dict__", {}):
            raise ArgumentError(f"A cell has `{name}`.", received=repr(cell), hint=hint)


def output_size_of(cell: Any) -> Any:
    """The size of a cell's output: that of its first state, where it does not say."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size


def zero_states(cell: Any, batch_size: Any, dtype: str) -> Any:
    """The states of a cell before the first step: its own, or zeros."""
    make = getattr(cell, "get_initial_state", None)
    if make is not None:
        return make(batch_size=batch_size)
    if isinstance(cell.state_size, int):
        return ops.zeros((batch_size, cell.state_size), dtype=dtype)
    return [ops.zeros((batch_size, size), dtype=dtype) for size in cell.state_size]


class StackedRNNCells(Layer):
    """Cells of which each takes the output of the one before.

    Args:
        cells: The cells: layers, or any objects with `call(inputs, states)`, `state_size` and, if need be,
            `output_size` and `get_initial_state(batch_size)`.

    Call:
        inputs: Floats of shape (batch, features).
        states: One entry for each cell: a tensor, or a list where the cell has several. Returns the output of the last
            cell, and the next states in the same nesting.

    Raises:
        ArgumentError: An entry is no cell.

    ```python
    >>> import multikeras as keras
    >>> cells = [keras.layers.LSTMCell(4), keras.layers.GRUCell(2)]
    >>> keras.layers.RNN(StackedRNNCells(cells))(keras.ops.ones((1, 5, 3))).shape
    (1, 2)

    ```
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        cells = list(cells)
        if not cells:
            raise ArgumentError("A stack has a cell or more.", received="none", hint="[keras.layers.LSTMCell(32)]")
        for cell in cells:
            check_cell(cell)
        self.cells: list[Any] = cells

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the states of each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The size of the output, which is that of the last cell."""
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The states of each cell before the first step."""
        return [zero_states(cell, batch_size, self.compute_dtype) for cell in self.cells]

    def build(self, input_shape: Any) -> None:
        """Build each cell for the output of the one before."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                with name_scope(self.name):
                    cell.build(input_shape)
                cell.built = True
                cell._freeze()
            size = output_size_of(cell)
            batch = flatten(input_shape)[0]
            input_shape = (batch, size) if isinstance(size, int) else (batch, *size)
        self.built = True

    def call(self, inputs: Any, states: Any, training: bool = False, **kwargs: Any) -> tuple[Any, list[Any]]:
        """The output of the last cell, and the states after the step."""
        if len(states) != len(self.cells):
            raise StructureError(
                f"The stack {self.name!r} takes the states of {len(self.cells)} cells.", received=f"{len(states)}"
            )
        after = []
        for cell, given in zip(self.cells, states, strict=True):
            more = dict(kwargs)
            if isinstance(cell, Layer) and cell._call_signature.takes_training:
                more["training"] = training
            called: Any = cell if callable(cell) else cell.call
            inputs, new = called(inputs, as_list(given), **more)
            new = as_list(new)
            after.append(new if isinstance(given, (list, tuple)) else new[0])
        return inputs, after

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal stack."""
        return {**super().get_config(), **self._config_of("cells")}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The stack of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        config = dict(config)
        cells = [deserialize_keras_object(c, custom_objects=custom_objects) for c in config.pop("cells")]
        return cls(cells, **config)
