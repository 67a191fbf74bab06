"""Graphs as straight-line code: a Python function with one statement for each node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras.graph.call import OpCall
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.node import Node
from multikeras.graph.operation import flatten


class StraightLine:
    """Writes a function that computes the outputs, nested as given, from the flat inputs.

    Straight-line code costs nothing beside the calls themselves, and compilers can trace it; tensors are dropped after
    their last use.

    Args:
        inputs: The symbolic inputs, flat.
        outputs: The symbolic outputs, in any nesting.
        nodes: The nodes between them, each after those it depends on.
    """

    parameters: tuple[str, ...] = ()

    def __init__(self, inputs: list[KerasTensor], outputs: Any, nodes: list[Node]) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.nodes = nodes
        self.names: dict[int, str] = {id(x): f"x{i}" for i, x in enumerate(inputs)}
        self.namespace: dict[str, Any] = {"_flatten": flatten}
        self.lines: list[str] = []
        self._held: dict[int, list[KerasTensor]] = {}
        # The node that each line computes, by the line's number in the text.
        self.node_at: dict[int, Node] = {}

    def compiled(self) -> Callable:
        """The function."""
        self.lines.append(f"def run({', '.join([*(self.names[id(x)] for x in self.inputs), *self.parameters])}):")
        kept = {id(x) for x in flatten(self.outputs)}
        last_use = {id(x): position for position, node in enumerate(self.nodes) for x in node.input_tensors}
        for position, node in enumerate(self.nodes):
            self.write(position, node)
            used = [x for x in node.input_tensors if last_use[id(x)] == position and id(x) not in kept]
            gone = [name for x in used for name in self.names_of(x)]
            if gone:
                self.line(f"del {', '.join(dict.fromkeys(gone))}")
        self.end()
        self.line(f"return {self.rendered(self.outputs)}")
        exec(compile("\n".join(self.lines), "<multikeras graph>", "exec"), self.namespace)  # noqa: S102 - our own text
        # Its own globals do not hold the function: no cycle keeps a graph alive.
        return self.namespace.pop("run")

    def line(self, text: str, node: Node | None = None) -> None:
        """Append a line of the function's body."""
        self.lines.append(f"    {text}")
        if node is not None:
            self.node_at[len(self.lines)] = node

    def names_of(self, x: KerasTensor) -> list[str]:
        """The variables that hold something for a tensor, once it is not needed any more."""
        return [self.names[id(x)]]

    def write(self, position: int, node: Node) -> None:
        """Append the statement of a node."""
        called, keywords = self.callee(node)
        self.assign(position, node, f"{self.constant(called)}({self.arguments(node, keywords)})")

    def end(self) -> None:
        """Append what comes before the outputs are returned."""

    def callee(self, node: Node) -> tuple[Any, dict[str, Any]]:
        """What a node calls, and its keyword arguments."""
        operation = node.operation
        if isinstance(operation, OpCall):
            if operation.op.star is None:
                # An op runs directly: its operation only remembers its static arguments.
                return operation.op.function, {**operation.static, **node.kwargs}
            return operation.call, node.kwargs
        return operation, node.kwargs

    def arguments(self, node: Node, keywords: dict[str, Any]) -> str:
        """The arguments of a call as text."""
        return ", ".join([*map(self.rendered, node.args), *(f"{k}={self.rendered(v)}" for k, v in keywords.items())])

    def assign(self, position: int, node: Node, call: str) -> None:
        """Append the statement that keeps the results of a call."""
        made = []
        for i, x in enumerate(self.outputs_of(node)):
            self.names[id(x)] = f"t{position}_{i}"
            made.append(self.names[id(x)])
        self.line(f"{made[0]} = {call}" if node.has_one_output else f"{', '.join(made)}, = _flatten({call})", node)

    def outputs_of(self, node: Node) -> list[KerasTensor]:
        """The results of a call, which are held: names are by identity."""
        return self._held.setdefault(id(node), node.output_tensors)

    def rendered(self, value: Any) -> str:
        """A value with symbolic tensors in it as an expression."""
        if isinstance(value, KerasTensor) and id(value) in self.names:
            return self.names[id(value)]
        if any(isinstance(x, KerasTensor) for x in flatten(value)):
            if isinstance(value, dict):
                return "{" + ", ".join(f"{self.constant(k)}: {self.rendered(v)}" for k, v in value.items()) + "}"
            if hasattr(value, "_fields"):
                return f"{self.constant(type(value))}({', '.join(map(self.rendered, value))})"
            inner = ", ".join(map(self.rendered, value))
            return f"[{inner}]" if isinstance(value, list) else f"({inner},)"
        return self.constant(value)

    def constant(self, value: Any) -> str:
        """An expression for a value that the function refers to."""
        if value is None or isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) < 40):
            return repr(value)
        name = f"c{len(self.namespace)}"
        self.namespace[name] = value
        return name
