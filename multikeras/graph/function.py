"""Function: a graph from symbolic inputs to symbolic outputs, run as straight-line code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.graph.call import without_history
from multikeras.graph.flat import flat_graph, grown_graph
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.node import Node
from multikeras.graph.operation import Operation, flatten, map_structure
from multikeras.graph.straight_line import StraightLine


class Function(Operation):
    """The function that a graph of calls computes.

    Args:
        inputs: Symbolic tensors, in any nesting.
        outputs: Symbolic tensors computed from them.
        name: Its name, made up by default.

    Raises:
        ArgumentError: An output does not depend on the inputs alone.

    ```python
    >>> import multikeras as keras
    >>> x = keras.KerasTensor((None,))
    >>> keras.Function(x, x * 2 + 1)(keras.ops.array([1.0, 2.0])).tolist()
    [3.0, 5.0]

    ```
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        super().__init__(name=name)
        self._set_graph(inputs, outputs)

    def _set_graph(self, inputs: Any, outputs: Any) -> None:
        self._inputs_struct = inputs
        self._outputs_struct = outputs
        self._inputs: list[KerasTensor] = flatten(inputs)
        self._outputs: list[KerasTensor] = flatten(outputs)
        for what, tensors in (("input", self._inputs), ("output", self._outputs)):
            for x in tensors:
                if not isinstance(x, KerasTensor):
                    raise ArgumentError(
                        f"Every {what} of a graph is a symbolic tensor.",
                        received=repr(x),
                        hint="keras.Input(shape=...)",
                    )
        self._nodes = sorted_nodes(self._inputs, self._outputs)
        self._run = StraightLine(self._inputs, outputs, self._nodes).compiled()
        self._single = isinstance(inputs, KerasTensor)

    @property
    def operations(self) -> list[Any]:
        """What the graph calls, each once, in the order of computation."""
        return list({id(node.operation): node.operation for node in self._nodes}.values())

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs, flat."""
        return self._inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs, flat."""
        return self._outputs

    @property
    def input(self) -> Any:
        """The symbolic inputs, as given."""
        return self._inputs_struct

    @property
    def output(self) -> Any:
        """The symbolic outputs, as given."""
        return self._outputs_struct

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "graph": flat_graph(self._inputs_struct, self._outputs_struct, self._nodes)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.name = state["name"]
        self._inbound_nodes = []
        self._set_graph(*grown_graph(state["graph"]))

    def call(self, inputs: Any) -> Any:
        """The outputs for some inputs, nested as the symbolic ones are."""
        if self._single:
            return self._run(inputs)
        flat = flatten(inputs)
        if len(flat) != len(self._inputs):
            raise StructureError(f"The graph {self.name!r} takes {len(self._inputs)} inputs.", received=f"{len(flat)}")
        return self._run(*flat)

    def compute_output_spec(self, inputs: Any) -> Any:
        """`KerasTensor`s with the shapes and dtypes of the outputs."""
        flat = flatten(inputs)
        if len(flat) == len(self._inputs):
            for x, known in zip(flat, self._inputs, strict=True):
                if not compatible_shape(x.shape, known.shape):
                    raise ShapeError(
                        f"The graph {self.name!r} takes inputs of shape {known.shape}.", received=f"{x.shape}"
                    )
            if all(x.shape == k.shape and x.dtype == k.dtype for x, k in zip(flat, self._inputs, strict=True)):
                return map_structure(lambda x: KerasTensor(x.shape, x.dtype), self._outputs_struct)
        return without_history(self.call, inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for some input shapes."""
        shapes = [input_shape] if self._single else _flat_shapes(input_shape)
        inputs = [KerasTensor(s, x.dtype) for s, x in zip(shapes, self._inputs, strict=True)]
        outputs = self.compute_output_spec(inputs[0] if self._single else inputs)
        return map_structure(lambda x: x.shape, outputs)


def _flat_shapes(shapes: Any) -> list[Any]:
    if isinstance(shapes, dict):
        shapes = list(shapes.values())
    return [tuple(s) for s in shapes]


def compatible_shape(shape: Any, known: Any) -> bool:
    """Whether a shape has the axes and the known sizes of another."""
    return len(shape) == len(known) and all(a is None or b is None or a == b for a, b in zip(shape, known, strict=True))


def sorted_nodes(inputs: list[KerasTensor], outputs: Iterable[KerasTensor]) -> list[Node]:
    """The nodes between inputs and outputs, each after those it depends on. No recursion: graphs may be deep.

    Raises:
        ArgumentError: An output depends on a symbolic tensor that is no input.
    """
    given = {id(x) for x in inputs}
    order: list[Node] = []
    done: set[int] = set()
    pending: list[tuple[Node | None, KerasTensor | None]] = [(None, x) for x in reversed(list(outputs))]
    while pending:
        finished, tensor = pending.pop()
        if finished is not None:
            order.append(finished)
            continue
        assert tensor is not None
        if id(tensor) in given:
            continue
        history = tensor._keras_history
        node = None if history is None else history.operation._inbound_nodes[history.node_index]
        if node is None or node.is_input:
            raise ArgumentError(
                "Every output of a graph is computed from its inputs.",
                received=f"{tensor!r}, which is no input and comes from none",
                hint="add it to `inputs`",
            )
        if id(node) in done:
            continue
        done.add(id(node))
        pending.append((node, None))
        pending += [(None, x) for x in reversed(node.input_tensors)]
    return order
