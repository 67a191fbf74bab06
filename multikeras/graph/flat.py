"""A graph as a flat list of its calls, so that graphs of any depth can be pickled and copied."""

from __future__ import annotations

from typing import Any, NamedTuple

from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.node import Node
from multikeras.graph.operation import flatten, map_structure


class Place:
    """Stands for the symbolic tensor of that number."""

    def __init__(self, number: int) -> None:
        self.number = number


class FlatGraph(NamedTuple):
    """A graph without references from tensor to tensor.

    Args:
        sources: For each input its shape, dtype and name, and the operation that it comes from, where that takes none
            itself.
        calls: For each node its operation, its arguments, and shape, dtype and name of each result; with a `Place` for
            each symbolic tensor. Inputs are numbered first, then results.
        inputs: The inputs as given, likewise.
        outputs: The outputs as given, likewise.
    """

    sources: list[tuple]
    calls: list[tuple]
    inputs: Any
    outputs: Any


def flat_graph(inputs: Any, outputs: Any, nodes: list[Node]) -> FlatGraph:
    """The flat form of a graph."""
    numbers: dict[int, int] = {}

    def number(tensors: list[KerasTensor]) -> None:
        for x in tensors:
            numbers.setdefault(id(x), len(numbers))

    def placed(tree: Any) -> Any:
        return map_structure(lambda x: Place(numbers[id(x)]) if isinstance(x, KerasTensor) else x, tree)

    starts = flatten(inputs)
    number(starts)
    sources = [(_spec(x), _source(x)) for x in starts]
    calls = []
    # Numbers are by identity: results that nobody else holds are held until the end.
    held = [node.output_tensors for node in nodes]
    for node, made in zip(nodes, held, strict=True):
        args, kwargs = placed(node.args), placed(node.kwargs)
        number(made)
        calls.append((node.operation, args, kwargs, [_spec(x) for x in made], placed(node.outputs)))
    return FlatGraph(sources, calls, placed(inputs), placed(outputs))


def grown_graph(flat: FlatGraph) -> tuple[Any, Any]:
    """The symbolic inputs and outputs of a flat graph, with the nodes between them."""
    tensors: list[KerasTensor] = []

    def grown(tree: Any) -> Any:
        return map_structure(lambda x: tensors[x.number] if isinstance(x, Place) else x, tree)

    for spec, operation in flat.sources:
        x = _tensor(spec)
        tensors.append(x)
        if operation is not None:
            Node(operation, (), {}, x)
    for operation, args, kwargs, specs, outputs in flat.calls:
        args, kwargs = grown(args), grown(kwargs)
        tensors += [_tensor(spec) for spec in specs]
        Node(operation, args, kwargs, grown(outputs))
    return grown(flat.inputs), grown(flat.outputs)


def _spec(x: KerasTensor) -> tuple:
    return x.shape, x.dtype, x.sparse, x.ragged, x._name


def _tensor(spec: tuple) -> KerasTensor:
    shape, dtype, sparse, ragged, name = spec
    return KerasTensor(shape, dtype, sparse, ragged, name=name)


def _source(x: KerasTensor) -> Any:
    if x._keras_history is None:
        return None
    operation = x._keras_history.operation
    return operation if operation._inbound_nodes[x._keras_history.node_index].is_input else None
