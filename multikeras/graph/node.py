"""Node: one recorded call of an operation on symbolic tensors."""

from __future__ import annotations

import weakref
from typing import Any

from multikeras.graph.keras_tensor import History, KerasTensor


class Node:
    """One call. Making it appends it to the operation's nodes and gives its outputs their history.

    References lead backwards alone: a tensor holds the operation that made it, an operation its calls, and a call its
    inputs. So a graph goes as soon as nobody holds its outputs, without the garbage collector. An output that nobody
    holds any more is made again for whoever asks.

    Args:
        operation: What was called.
        args: Its positional arguments.
        kwargs: Its keyword arguments.
        outputs: Its results, `KerasTensor`s in any nesting.
    """

    def __init__(self, operation: Any, args: tuple, kwargs: dict[str, Any], outputs: Any) -> None:
        from multikeras.graph.operation import flatten

        self._operation = weakref.ref(operation)
        self.args = args
        self.kwargs = kwargs
        self.input_tensors: list[KerasTensor] = [x for x in flatten((args, kwargs)) if isinstance(x, KerasTensor)]
        made: list[KerasTensor] = [x for x in flatten(outputs) if isinstance(x, KerasTensor)]
        self._specs = [(x._shape, x._dtype, x._sparse, x._ragged, True, x._name) for x in made]
        self._made = [weakref.ref(x) for x in made]
        self._structure = None if isinstance(outputs, KerasTensor) else _without_tensors(outputs)
        self.index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for i, tensor in enumerate(made):
            tensor._keras_history = History(operation, self.index, i)

    @property
    def operation(self) -> Any:
        """What was called."""
        return self._operation()

    @property
    def output_tensors(self) -> list[KerasTensor]:
        """The results, flat."""
        found = []
        for i, reference in enumerate(self._made):
            tensor = reference()
            if tensor is None:
                tensor = KerasTensor(*self._specs[i])
                tensor._keras_history = History(self.operation, self.index, i)
                self._made[i] = weakref.ref(tensor)
            found.append(tensor)
        return found

    @property
    def outputs(self) -> Any:
        """The results, nested as they were returned."""
        tensors = self.output_tensors
        if self._structure is None:
            return tensors[0]
        from multikeras.graph.operation import map_structure

        return map_structure(lambda x: tensors[x.number] if isinstance(x, _Place) else x, self._structure)

    @property
    def has_one_output(self) -> bool:
        """Whether the call returned a tensor itself, not a structure."""
        return self._structure is None

    @property
    def is_input(self) -> bool:
        """Whether it stands for a graph's input."""
        return not self.input_tensors

    def parents(self) -> list[Node]:
        """The nodes that made its inputs."""
        found = []
        for tensor in self.input_tensors:
            history = tensor._keras_history
            if history is not None:
                found.append(history.operation._inbound_nodes[history.node_index])
        return found

    def input_structure(self) -> Any:
        """The symbolic input: the first argument where it holds all of them, else the list of them."""
        if len(self.input_tensors) == 1:
            return self.input_tensors[0]
        from multikeras.graph.operation import flatten

        if self.args and all(isinstance(x, KerasTensor) for x in flatten(self.args[0])):
            return self.args[0]
        return self.input_tensors

    def __repr__(self) -> str:
        return f"<Node of {self.operation.name}, call {self.index}>"


class _Place:
    """Stands for the output of that number."""

    def __init__(self, number: int) -> None:
        self.number = number


def _without_tensors(outputs: Any) -> Any:
    from multikeras.graph.operation import map_structure

    count = iter(range(1 << 62))
    return map_structure(lambda x: _Place(next(count)) if isinstance(x, KerasTensor) else x, outputs)
