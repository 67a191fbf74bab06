"""The state of a model as a tree of arrays: what checkpoint libraries of other frameworks store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from multikeras.errors import ShapeError
from multikeras.state.variable import Variable


def groups(model: Any) -> dict[str, list[Variable]]:
    """The variables of a model by what they are for, under the names that Keras uses."""
    optimizer = getattr(model, "optimizer", None)
    return {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
        "optimizer_variables": [] if optimizer is None else optimizer.variables,
        "metrics_variables": model.metrics_variables,
    }


def state_tree(model: Any) -> dict[str, Any]:
    """The values of a model's variables in nested dicts, by the parts of their paths.

    Args:
        model: The model, built.

    Returns:
        A dict for each of `groups`, of dicts down to arrays.

    ```python
    >>> import multikeras as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="out")], name="net")
    >>> state_tree(model)["trainable_variables"]["net"]["out"]["bias"]
    array([0.], dtype=float32)

    ```
    """
    return {group: _nested((keys, v.numpy()) for keys, v in _named(vs)) for group, vs in groups(model).items()}


def load_state_tree(model: Any, tree: dict[str, Any]) -> None:
    """Assign the values of a `state_tree` of an equal model; groups that it has not are left as they are.

    Raises:
        ShapeError: A value is missing, or has another shape. Nothing is assigned then.
    """
    found: list[tuple[Variable, np.ndarray]] = []
    for group, variables in groups(model).items():
        if not tree.get(group):
            continue
        for keys, variable in _named(variables):
            value: Any = tree[group]
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            shape = None if value is None or isinstance(value, dict) else np.shape(value)
            if shape != tuple(variable.shape):
                raise ShapeError(
                    f"The variable {variable.path!r} has shape {variable.shape}.",
                    received="nothing in the tree" if shape is None else f"{shape} in the tree",
                )
            found.append((variable, np.asarray(value)))
    for variable, value in found:
        variable.assign(value)


def _named(variables: Iterable[Variable]) -> Iterator[tuple[tuple[str, ...], Variable]]:
    """Variables with the parts of their paths, of which the last is numbered where paths are equal."""
    used: dict[str, int] = {}
    for variable in variables:
        number = used.get(variable.path, 0)
        used[variable.path] = number + 1
        path = f"{variable.path}_{number}" if number else variable.path
        yield tuple(path.split("/")), variable


def _nested(entries: Iterable[tuple[tuple[str, ...], Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for keys, value in entries:
        branch = tree
        for key in keys[:-1]:
            branch = branch.setdefault(key, {})
        branch[keys[-1]] = value
    return tree
