"""Layers and models as pytrees: their leaves are the values of their variables.

What a transformation makes of them is a twin: a layer of its own, whose variables hold the new leaves. Twins of one
layer have one structure, so that gradients and updates of a model match it, and a step over twins is compiled once.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Sequence
from typing import Any

import jax
from jax.core import Tracer

from multikeras.errors import NotBuiltError

_registered: set[type] = set()


class _Family:
    """A layer and its twins."""

    def __init__(self, first: Any) -> None:
        self.first = weakref.ref(first)


# Beside the layers, so that copies and files of them know nothing of it.
_families: weakref.WeakKeyDictionary[Any, _Family] = weakref.WeakKeyDictionary()


class _Structure:
    """What a layer is but for its values. Equal for twins in which the same variables are trained."""

    def __init__(self, family: _Family, layer: Any, variables: Sequence[Any]) -> None:
        self.family = family
        self.layer = layer
        self.trained = tuple([v.trainable for v in variables])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Structure) and other.family is self.family and other.trained == self.trained

    def __hash__(self) -> int:
        return hash((id(self.family), self.trained))

    def __repr__(self) -> str:
        return f"{type(self.layer).__name__} {self.layer.name!r}"


def register(cls: type) -> None:
    """Make the instances of a class pytrees."""
    if cls not in _registered:
        _registered.add(cls)
        jax.tree_util.register_pytree_with_keys(cls, _flatten_with_keys, _unflatten, _flatten)


def _flatten(layer: Any) -> tuple[list[Any], _Structure]:
    variables = _variables(layer)
    family = _families.get(layer)
    if family is None:
        family = _families[layer] = _Family(layer)
    leaves = [v._own_value() for v in variables]
    if any(isinstance(leaf, Tracer) for leaf in leaves):
        # Compiled functions keep the structures of their results: they are not to keep what was traced alive.
        layer = family.first() or layer
    return leaves, _Structure(family, layer, variables)


def _flatten_with_keys(layer: Any) -> tuple[list[tuple[Any, Any]], _Structure]:
    leaves, structure = _flatten(layer)
    keys = [jax.tree_util.GetAttrKey(v.path) for v in _variables(layer)]
    return list(zip(keys, leaves, strict=True)), structure


def _variables(layer: Any) -> list[Any]:
    for each in layer._flatten_layers():
        if not each.built and not each._builds_by_call():
            raise NotBuiltError(
                "A layer is a pytree of its variables once it has them.",
                received=f"{type(each).__name__} {each.name!r}, not built",
                hint="layer.build(input_shape), or a call of it",
            )
    return layer.variables


def _unflatten(structure: _Structure, leaves: Any) -> Any:
    """A twin that holds the leaves; the layer itself stays as it is."""
    layer = structure.layer
    memo: dict[int, Any] = {}
    for v, leaf, trained in zip(layer.variables, leaves, structure.trained, strict=True):
        twin = object.__new__(type(v))
        vars(twin).update(vars(v))
        twin._storage, twin._trainable = leaf, trained
        memo[id(v)] = twin
    for each in layer._flatten_layers():
        # What a model was compiled with is not part of its values.
        memo.update((id(part), part) for part in getattr(each, "_compiled_parts", list)() if part is not None)
    made = copy.deepcopy(layer, memo)
    _families[made] = structure.family
    return made
