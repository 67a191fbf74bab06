"""The order in which a graph's operations are listed and saved: Keras's, so that files go both ways.

Keras sorts operations by their depth, the length of the longest way to an output, deepest first; within a depth by the
order in
which a walk from the outputs back to the inputs meets them. Files name layers by class and number in this order.
"""

from __future__ import annotations

from typing import Any

from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.node import Node


def ordered_operations(inputs: list[KerasTensor], outputs: list[KerasTensor], feeds: list[Any]) -> list[Any]:
    """Input layers and operations of a graph, in Keras's order.

    Args:
        inputs: The flat inputs.
        outputs: The flat outputs.
        feeds: The input layer of each input, `None` where there is none.
    """
    feed_of = {id(x): layer for x, layer in zip(inputs, feeds, strict=True)}
    met: dict[int, int] = {}
    operations: dict[int, Any] = {}
    postorder: list[Node] = []
    done: set[int] = set()

    def meet(operation: Any) -> None:
        if id(operation) not in met:
            met[id(operation)] = len(met)
            operations[id(operation)] = operation

    pending: list[tuple[Node | None, KerasTensor | None]] = [(None, x) for x in reversed(outputs)]
    while pending:
        finished, tensor = pending.pop()
        if finished is not None:
            postorder.append(finished)
            continue
        assert tensor is not None
        history = tensor._keras_history
        if id(tensor) in feed_of:
            layer = feed_of[id(tensor)]
            if layer is not None:
                meet(layer)
                node = layer._inbound_nodes[0]
                if id(node) not in done:
                    done.add(id(node))
                    postorder.append(node)
            continue
        assert history is not None
        node = history.operation._inbound_nodes[history.node_index]
        if id(node) in done:
            continue
        done.add(id(node))
        meet(history.operation)
        pending.append((node, None))
        pending += [(None, x) for x in reversed(node.input_tensors)]

    node_depth: dict[int, int] = {}
    depth: dict[int, int] = {}
    for node in reversed(postorder):
        own = max(node_depth.setdefault(id(node), 0), depth.get(id(node.operation), 0))
        depth[id(node.operation)] = node_depth[id(node)] = own
        for x in node.input_tensors:
            if id(x) in feed_of:
                layer = feed_of[id(x)]
                parent = None if layer is None else layer._inbound_nodes[0]
            else:
                parent = x._keras_history.operation._inbound_nodes[x._keras_history.node_index]  # type: ignore[union-attr]
            if parent is not None:
                node_depth[id(parent)] = max(own + 1, node_depth.get(id(parent), 0))
    for layer in feeds:
        # Inputs that no output depends on come last.
        if layer is not None and id(layer) not in depth:
            depth[id(layer)] = 0
            met[id(layer)] = -1
            operations[id(layer)] = layer
    return sorted(operations.values(), key=lambda op: (-depth[id(op)], met[id(op)]))
