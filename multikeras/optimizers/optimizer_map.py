"""OptimizerMap: which optimizer moves which variable."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from multikeras.errors import ArgumentError
from multikeras.optimizers.optimizer import Optimizer
from multikeras.state.variable import Variable


class OptimizerMap(MutableMapping):
    """A mapping of patterns to optimizers; called with a variable, it returns the one whose pattern is all of its path.

    Args:
        default_optimizer: The optimizer of variables that no pattern fits.
        optimizer_map: Optimizers by regular expressions.

    Raises:
        ArgumentError: Something in it is no optimizer of single variables, or two patterns fit one path.

    ```python
    >>> import multikeras as keras
    >>> optimizers = OptimizerMap(keras.optimizers.Adam())
    >>> optimizers[".*kernel"] = keras.optimizers.SGD()
    >>> [type(optimizers(keras.Variable([1.0], name=n))).__name__ for n in ("kernel", "bias")]
    ['SGD', 'Adam']

    ```
    """

    def __init__(self, default_optimizer: Any, optimizer_map: dict[str, Any] | None = None) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise ArgumentError("The default is an optimizer.", received=repr(default_optimizer), hint="SGD()")
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise ArgumentError("Optimizers come in a dict, by pattern.", received=repr(optimizer_map))
        self._default_optimizer = default_optimizer
        self._optimizer_map: dict[str, Any] = {}
        for pattern, optimizer in (optimizer_map or {}).items():
            self[pattern] = optimizer

    @property
    def default_optimizer(self) -> Any:
        """The optimizer of variables that no pattern fits."""
        return self._default_optimizer

    def __getitem__(self, key: str) -> Any:
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        fitting = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(fitting) > 1:
            raise ArgumentError("One optimizer moves a variable.", received=f"{key!r}, fitted by {fitting}")
        return self._optimizer_map[fitting[0]] if fitting else self._default_optimizer

    def __setitem__(self, key: str, optimizer: Any) -> None:
        if not isinstance(key, str):
            raise ArgumentError("A pattern is a string.", received=repr(key))
        if key in self._optimizer_map:
            raise ArgumentError("There is one optimizer for a pattern.", received=repr(key), hint="del it first")
        self._optimizer_map[key] = single(optimizer)

    def __delitem__(self, key: str) -> None:
        del self._optimizer_map[key]

    def __len__(self) -> int:
        return len(self._optimizer_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._optimizer_map)

    def __call__(self, variable: Variable) -> Any:
        """The optimizer of a variable."""
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal mapping."""
        from multikeras.saving.serialization import serialize_keras_object

        return {
            "default_optimizer": serialize_keras_object(self._default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizer_map),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The mapping of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        return cls(
            deserialize_keras_object(config["default_optimizer"], custom_objects=custom_objects),
            deserialize_keras_object(config["optimizer_map"], custom_objects=custom_objects),
        )


def single(optimizer: Any) -> Any:
    """The optimizer, if it is one that may be one of several.

    Raises:
        ArgumentError: It is none, or has others inside.
    """
    inside = any(hasattr(optimizer, name) for name in ("inner_optimizer", "optimizers"))
    if inside or not isinstance(optimizer, Optimizer):
        raise ArgumentError(
            "Several optimizers are plain ones: no losses are scaled, and no others are inside.",
            received=repr(optimizer),
            hint="SGD()",
        )
    return optimizer
