"""Node: one recorded call of an operation on symbolic tensors."""

from __future__ import annotations

from typing import Any

from multikeras.graph.keras_tensor import History, KerasTensor


class Node:
    """One call. Making it appends it to the operation's nodes and gives its outputs their history.

    Args:
        operation: What was called.
        args: Its positional arguments.
        kwargs: Its keyword arguments.
        outputs: Its results, `KerasTensor`s in any nesting.
    """

    def __init__(self, operation: Any, args: tuple, kwargs: dict[str, Any], outputs: Any) -> None:
        from multikeras.graph.operation import flatten

        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.outputs = outputs
        self.input_tensors: list[KerasTensor] = [x for x in flatten((args, kwargs)) if isinstance(x, KerasTensor)]
        self.output_tensors: list[KerasTensor] = [x for x in flatten(outputs) if isinstance(x, KerasTensor)]
        self.index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for i, tensor in enumerate(self.output_tensors):
            tensor._keras_history = History(operation, self.index, i)

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
