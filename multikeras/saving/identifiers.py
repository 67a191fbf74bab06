"""Objects from whatever users name them by: an instance, a class, a name, a configuration."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from multikeras.errors import ArgumentError
from multikeras.saving import object_registration as registry
from multikeras.saving.serialization import deserialize_keras_object, serialize_keras_object
from multikeras.state.names import to_snake_case


class Catalogue:
    """The objects of one namespace, by every name that they go by.

    Args:
        what: What one of them is called in messages, such as "initializer".
        objects: Classes and functions.
        aliases: Further names.
    """

    def __init__(self, what: str, objects: list[Any], aliases: dict[str, Any] | None = None) -> None:
        self.what = what
        self.by_name: dict[str, Any] = {}
        for value in objects:
            self.by_name[value.__name__] = value
            if inspect.isclass(value):
                self.by_name.setdefault(to_snake_case(value.__name__), value)
        self.by_name.update(aliases or {})

    def get(self, identifier: Any, accept: Callable[[Any], bool] = callable) -> Any:
        """The object that an identifier stands for; `None` for `None`.

        Args:
            identifier: An object, a class, a name or a configuration.
            accept: Whether an object is one of this kind.

        Raises:
            ArgumentError: It stands for none.
        """
        if identifier is None:
            return None
        found = identifier
        if isinstance(identifier, dict):
            found = deserialize_keras_object(identifier, module_objects=self.by_name)
        elif isinstance(identifier, str):
            found = registry.get_registered_object(identifier, module_objects=self.by_name)
            if found is None:
                found = self.by_name.get(identifier, self.by_name.get(identifier.lower()))
        if inspect.isclass(found):
            found = found()
        if found is None or isinstance(found, str) or not accept(found):
            raise ArgumentError(
                f"There is no such {self.what}.",
                received=repr(identifier),
                hint=f"one of {', '.join(sorted(n for n in self.by_name if n == n.lower()))}",
            )
        return found

    def serialize(self, obj: Any) -> Any:
        """The configuration of one of the objects."""
        return serialize_keras_object(obj)

    def deserialize(self, config: Any, custom_objects: Any = None) -> Any:
        """The object of a configuration."""
        return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=self.by_name)
