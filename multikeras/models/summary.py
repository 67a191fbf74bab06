"""The table of a model's layers."""

from __future__ import annotations

import math
import re
from typing import Any

from multikeras.errors import ArgumentError
from multikeras.graph.call import OpCall
from multikeras.graph.operation import map_structure


def print_summary(
    model: Any,
    line_length: int | None,
    positions: Any,
    print_fn: Any,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Any,
) -> None:
    """See `Model.summary`."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    graph = model._function is not None and not _is_chain(model)
    table = Table(title=escape(f'Model: "{model.name}" on {model.backend}'), title_justify="left", show_lines=False)
    headers = ["Layer (type)", "Output shape", "Parameters"]
    if graph:
        headers.append("Connected to")
    if show_trainable:
        headers.append("Trained")
    ratios = list(positions) if positions else [None] * len(headers)
    for i, header in enumerate(headers):
        justify: Any = "right" if header == "Parameters" else "left"
        table.add_column(header, justify=justify, ratio=ratios[i] if i < len(ratios) else None)
    for layer, depth in _in_range(_rows(model, expand_nested), layer_range):
        cells = ["  " * depth + f"{layer.name} ({_type_name(layer)})", _shape(layer), _count(layer)]
        if graph:
            cells.append(_connections(layer) if depth == 0 else "")
        if show_trainable:
            trained = "yes" if getattr(layer, "trainable", False) else "no"
            cells.append(trained if _weights(layer) else "-")
        table.add_row(*(escape(c) for c in cells))
    total, trained = (_size(vs) for vs in (model.weights, model.trainable_weights))
    lines = [
        f"Total params: {total:,} ({_bytes(model.weights)})",
        f"Trainable params: {trained:,}",
        f"Non-trainable params: {total - trained:,}",
    ]
    if model.optimizer is not None and model.optimizer.built:
        lines.append(f"Optimizer params: {_size(model.optimizer.variables):,}")
    console = Console(width=line_length, highlight=False)
    if print_fn is None:
        console.print(table)
        console.print("\n".join(lines))
        return
    with console.capture() as capture:
        console.print(table)
        console.print("\n".join(lines))
    print_fn(capture.get())


def _is_chain(model: Any) -> bool:
    return all(len(node.input_tensors) == 1 for node in model._function._nodes) and all(
        len(op._inbound_nodes) <= 1 for op in model._graph_operations
    )


def _rows(model: Any, expand: bool, depth: int = 0) -> list[tuple[Any, int]]:
    found = []
    for layer in getattr(model, "_graph_operations", None) or model.layers:
        found.append((layer, depth))
        if expand and hasattr(layer, "layers") and layer.layers:
            found += _rows(layer, expand, depth + 1)
    return found


def _in_range(rows: list[tuple[Any, int]], layer_range: Any) -> list[tuple[Any, int]]:
    if layer_range is None:
        return rows
    if len(layer_range) != 2 or not all(isinstance(n, str) for n in layer_range):
        raise ArgumentError("`layer_range` is a pair of names or patterns.", received=repr(layer_range))
    matches = [[i for i, (x, _) in enumerate(rows) if re.match(pattern, x.name)] for pattern in layer_range]
    if not all(matches):
        raise ArgumentError("`layer_range` names layers of the model.", received=repr(layer_range))
    return rows[min(matches[0]) : max(matches[1]) + 1]


def _type_name(layer: Any) -> str:
    return f"ops.{layer.op.name}" if isinstance(layer, OpCall) else type(layer).__name__


def _shape(layer: Any) -> str:
    nodes = layer._inbound_nodes
    if not nodes:
        return "?"
    shapes = map_structure(lambda x: str(x.shape) if hasattr(x, "shape") else "", nodes[0].outputs)
    return shapes if isinstance(shapes, str) else str(shapes).replace("'", "")


def _weights(layer: Any) -> list[Any]:
    return getattr(layer, "weights", [])


def _count(layer: Any) -> str:
    if not getattr(layer, "built", True):
        return "0 (not built)"
    return f"{_size(_weights(layer)):,}"


def _size(variables: list[Any]) -> int:
    return sum(math.prod(v.shape) for v in variables)


def _bytes(variables: list[Any]) -> str:
    from multikeras.dtypes.lattice import numpy_dtype

    size = float(sum(math.prod(v.shape) * numpy_dtype(v._dtype).itemsize for v in variables))
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.2f} {unit}"
        size /= 1024
    return ""


def _connections(layer: Any) -> str:
    names = []
    for node in layer._inbound_nodes:
        for x in node.input_tensors:
            if x._keras_history is not None:
                names.append(x._keras_history.operation.name)
    return ", ".join(names) or "-"
