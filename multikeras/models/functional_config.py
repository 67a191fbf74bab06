"""Graph models as configurations and back, in Keras 3's format."""

from __future__ import annotations

from typing import Any

from multikeras.backend.binding import unbound
from multikeras.errors import SerializationError
from multikeras.graph.call import OpCall
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import map_structure
from multikeras.saving.serialization import deserialize_keras_object, serialize_keras_object


def is_functional_config(config: dict[str, Any]) -> bool:
    """Whether a configuration is that of a graph."""
    return all(key in config for key in ("layers", "input_layers", "output_layers"))


def functional_config(model: Any) -> dict[str, Any]:
    """The configuration of a graph model: its operations, and how they are connected."""
    function = model._function
    numbers: dict[tuple[int, int], int] = {}
    relevant = {id(node) for node in function._nodes}
    for operation in model._graph_operations:
        kept = 0
        for node in operation._inbound_nodes:
            if id(node) in relevant or not node.input_tensors:
                numbers[id(operation), node.index] = kept
                kept += 1

    def history(x: KerasTensor) -> list[Any]:
        h = x._keras_history
        assert h is not None
        return [h.operation.name, numbers[id(h.operation), h.node_index], h.tensor_index]

    def argument(value: Any) -> Any:
        if isinstance(value, KerasTensor):
            config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": history(value)}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(value, dict):
            return {k: argument(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [argument(v) for v in value]
        return serialize_keras_object(value)

    rows = []
    for operation in model._graph_operations:
        row = _op_row(operation) if isinstance(operation, OpCall) else serialize_keras_object(operation)
        row["name"] = operation.name
        row["inbound_nodes"] = []
        for node in operation._inbound_nodes:
            if id(node) in relevant:
                args, kwargs = _call_arguments(node)
                row["inbound_nodes"].append(
                    {"args": [argument(a) for a in args], "kwargs": {k: argument(v) for k, v in kwargs.items()}}
                )
        rows.append(row)
    return {
        "name": model.name,
        "trainable": model._trainable,
        "layers": rows,
        "input_layers": map_structure(history, function.input),
        "output_layers": map_structure(history, function.output),
    }


def _call_arguments(node: Any) -> tuple[list[Any], dict[str, Any]]:
    """The tensor arguments of a call; other arguments of an op are in its configuration."""
    operation = node.operation
    if not isinstance(operation, OpCall) or operation.op.star is not None:
        return list(node.args), node.kwargs
    given = dict(zip((p.name for p in operation.op.parameters), node.args, strict=False)) | node.kwargs
    tensors = [p for p in operation.op.parameters if p.tensor]
    values = [given.get(p.name, operation.static.get(p.name, p.default)) for p in tensors]
    while values and values[-1] is tensors[len(values) - 1].default:
        values.pop()
    return values, {}


def _op_row(operation: OpCall) -> dict[str, Any]:
    op = operation.op
    static = {p.name: operation.static.get(p.name, p.default) for p in op.parameters if not p.tensor}
    name = "".join(part.capitalize() for part in op.name.rpartition(".")[2].split("_"))
    return {
        "module": "keras.src.ops.numpy" if ".nn" not in op.function.__module__ else "keras.src.ops.nn",
        "class_name": name,
        "config": {"name": operation.name, **{k: serialize_keras_object(v) for k, v in static.items()}},
        "registered_name": name,
    }


def _op_from_row(row: dict[str, Any]) -> Any:
    from multikeras.ops._op import DECLARED
    from multikeras.state.names import to_snake_case

    wanted = {row["class_name"], to_snake_case(row["class_name"])}
    for name, op in DECLARED.items():
        short = name.rpartition(".")[2]
        if short in wanted or "".join(part.capitalize() for part in short.split("_")) in wanted:
            config = dict(row["config"])
            label = config.pop("name", None)
            known = {p.name for p in op.parameters}
            static = {k: deserialize_keras_object(v) for k, v in config.items() if k in known}
            unknown = set(config) - known - {"dtype", "trainable"}
            if unknown:
                raise SerializationError(f"The op {short} has no such arguments.", received=", ".join(sorted(unknown)))
            return OpCall(op, static, name=label)
    raise SerializationError("A graph calls ops that multikeras has.", received=f"{row['module']}.{row['class_name']}")


def _make(row: dict[str, Any], custom_objects: Any) -> Any:
    module = str(row.get("module") or "")
    if module.startswith(("keras.src.ops", "keras.ops")):
        return _op_from_row(row)
    return deserialize_keras_object(
        {k: v for k, v in row.items() if k not in ("inbound_nodes",)}, custom_objects=custom_objects
    )


def functional_from_config(cls: type, config: dict[str, Any], custom_objects: Any = None) -> Any:
    """The graph model of a configuration.

    Raises:
        SerializationError: The graph refers to what it has not, or in a circle.
    """
    made: dict[str, Any] = {}
    outputs: dict[str, list[Any]] = {}
    waiting: list[tuple[str, dict[str, Any]]] = []
    for row in config["layers"]:
        operation = _make(row, custom_objects)
        name = row.get("name") or row["config"]["name"]
        if name in made:
            raise SerializationError(
                "The operations of a graph have names of their own.", received=f"two named {name!r}"
            )
        made[name] = operation
        inbound = row.get("inbound_nodes") or []
        outputs[name] = []
        if not inbound and operation._inbound_nodes:
            outputs[name].append(operation._inbound_nodes[0].output_tensors)
        waiting += [(name, node) for node in inbound]
    while waiting:
        left: list[tuple[str, dict[str, Any]]] = []
        blocked: set[str] = set()
        for name, node in waiting:
            # Calls of one layer keep their order: later ones are referred to by number.
            arguments = None if name in blocked else _resolved(node, outputs)
            if arguments is None:
                blocked.add(name)
                left.append((name, node))
                continue
            args, kwargs = arguments
            operation = made[name]
            called = operation(*args, **kwargs)
            outputs[name].append(operation._inbound_nodes[-1].output_tensors)
            del called
        if len(left) == len(waiting):
            raise SerializationError("A graph refers to calls that it has.", received=f"{left[0][0]!r} is never ready")
        waiting = left

    def tensor(address: Any) -> Any:
        found = _lookup(address, outputs)
        if found is None:
            raise SerializationError("A graph's inputs and outputs are tensors of it.", received=repr(address))
        return found

    inputs = _map_addresses(tensor, config["input_layers"])
    results = _map_addresses(tensor, config["output_layers"])
    model = unbound(cls)(inputs, results, name=config.get("name"))
    if not config.get("trainable", True):
        model.trainable = False
    return model


def _lookup(address: Any, outputs: dict[str, list[Any]]) -> Any:
    name, node_index, tensor_index = address[:3]
    calls = outputs.get(name)
    if calls is None:
        raise SerializationError("A graph refers to operations that it has.", received=repr(name))
    return calls[node_index][tensor_index] if node_index < len(calls) else None


def _map_addresses(function: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _map_addresses(function, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if len(value) == 3 and isinstance(value[0], str) and all(isinstance(v, int) for v in value[1:]):
            return function(value)
        return [_map_addresses(function, v) for v in value]
    raise SerializationError("An address in a graph is a name and two numbers.", received=repr(value))


class _NotReady(Exception):  # noqa: N818 - a signal between the two functions below
    """A call refers to one that is not made yet."""


def _resolved(node: dict[str, Any], outputs: dict[str, list[Any]]) -> tuple[list[Any], dict[str, Any]] | None:
    def value(x: Any) -> Any:
        if isinstance(x, dict) and x.get("class_name") == "__keras_tensor__":
            found = _lookup(x["config"]["keras_history"], outputs)
            if found is None:
                raise _NotReady
            return found
        if isinstance(x, dict) and "class_name" not in x:
            return {k: value(v) for k, v in x.items()}
        if isinstance(x, list):
            return [value(v) for v in x]
        return deserialize_keras_object(x)

    if not isinstance(node, dict):
        raise SerializationError("A call in a graph has args and kwargs.", received=repr(node))
    try:
        return [value(a) for a in node["args"]], {k: value(v) for k, v in node.get("kwargs", {}).items()}
    except _NotReady:
        return None
