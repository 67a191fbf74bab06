"""Layers and models as pytrees: their leaves are the values of their variables."""

from __future__ import annotations

import copy
from typing import Any

import jax

_registered: set[type] = set()


class _Static:
    """The layer that a tree was flattened from. Equal by identity, so that `jax.jit` compiles once a layer."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Static) and other.layer is self.layer

    def __hash__(self) -> int:
        return id(self.layer)


def register(cls: type) -> None:
    """Make the instances of a class pytrees."""
    if cls not in _registered:
        _registered.add(cls)
        jax.tree_util.register_pytree_node(cls, _flatten, _unflatten)


def _flatten(layer: Any) -> tuple[list[Any], _Static]:
    return [v.value for v in layer.variables], _Static(layer)


def _unflatten(static: _Static, leaves: Any) -> Any:
    """A twin of the layer, whose variables hold the leaves; the layer itself stays as it is."""
    variables = static.layer.variables
    memo: dict[int, Any] = {}
    for v, leaf in zip(variables, leaves, strict=True):
        twin = copy.copy(v)
        twin._storage = leaf
        memo[id(v)] = twin
    return copy.deepcopy(static.layer, memo)
