"""Where in a file each layer's variables go: the paths of Keras 3's weights files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from multikeras.backend.binding import unbound
from multikeras.layers.layer import Layer
from multikeras.optimizers.optimizer import Optimizer
from multikeras.state.names import to_snake_case

_SAVED = (Layer, Optimizer)


def saved_objects(root: Any) -> Iterator[tuple[str, Any]]:
    """Everything that has variables of its own below a model, each once, with its path in the file.

    A graph's or a Sequential's layers come first, under "layers", by class name and number; then attributes by name,
    private ones last; lists, tuples and dicts are gone through, nested ones as "container".
    """
    visited: set[int] = set()
    pending: list[tuple[str, Any]] = [("", root)]
    while pending:
        path, obj = pending.pop()
        if id(obj) in visited:
            continue
        visited.add(id(obj))
        yield path, obj
        pending += reversed(list(_children(path, obj)))


def _children(path: str, obj: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(obj, Optimizer):
        inner = getattr(obj, "inner_optimizer", None)
        if inner is not None:
            yield _join(path, "inner_optimizer"), inner
        yield from _container(_join(path, "optimizers"), getattr(obj, "optimizers", ()), set())
        return
    graph = getattr(obj, "_function", None) is not None or hasattr(obj, "_stack")
    if graph:
        yield from _container(_join(path, "layers"), obj.layers, set())
    names = [n for n in vars(obj) if n not in obj._internal_attributes and n not in _GRAPH_ATTRIBUTES]
    if getattr(obj, "optimizer", None) is not None:
        names.append("optimizer")
    if hasattr(obj, "layers") and not graph and "layers" not in names:
        # Keras takes the property of models for one more attribute: what comes behind it by name is saved under it.
        names.append("layers")
    for name in sorted(names, key=lambda n: "~" + n if n.startswith("_") else n):
        value = getattr(obj, name)
        if isinstance(value, _SAVED):
            yield _join(path, name), value
        elif isinstance(value, (list, tuple, dict)):
            yield from _container(_join(path, name), value, set())


# How graph and sequential models keep their layers; these are saved under "layers".
_GRAPH_ATTRIBUTES = frozenset({"_stack", "_graph_layers", "_graph_operations", "_function"})


def _container(path: str, container: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(container) in seen:
        return
    seen.add(id(container))
    used: dict[str, int] = {}
    for value in list(container.values()) if isinstance(container, dict) else container:
        if isinstance(value, _SAVED):
            yield _join(path, _numbered(to_snake_case(unbound(type(value)).__name__), used)), value
        elif isinstance(value, (list, tuple, dict)):
            yield from _container(_join(path, _numbered("container", used)), value, seen)


def _numbered(name: str, used: dict[str, int]) -> str:
    number = used.get(name, -1) + 1
    used[name] = number
    return f"{name}_{number}" if number else name


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
