"""The registry of classes and functions that saved configurations may name. It is closed: nothing is imported by
name."""

from __future__ import annotations

import functools
import importlib
import inspect
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.errors import ArgumentError

# Public namespaces whose classes and functions a configuration may name, as "keras.<namespace>".
NAMESPACES = (
    "activations",
    "callbacks",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "optimizers.schedules",
    "random",
    "regularizers",
)

_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}


class _Scoped(threading.local):
    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}


_scoped = _Scoped()


@functools.cache
def public_objects() -> dict[str, Any]:
    """Everything that multikeras itself offers to configurations, by "namespace.Name"."""
    found: dict[str, Any] = {}
    for space in NAMESPACES:
        module = importlib.import_module(f"multikeras.{space}")
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                found[f"{space}.{name}"] = value
    from multikeras.dtypes import DTypePolicy

    for name in ("DTypePolicy", "FloatDTypePolicy"):
        found[f"dtype_policies.{name}"] = DTypePolicy
    return found


@functools.cache
def _public_names() -> dict[Any, tuple[str, str]]:
    names: dict[Any, tuple[str, str]] = {}
    for path, value in public_objects().items():
        space, _, name = path.rpartition(".")
        if inspect.isclass(value) and value.__name__ != name and f"{space}.{value.__name__}" in public_objects():
            continue
        names.setdefault(value, (space, name))
    return names


def public_name(value: Any) -> tuple[str, str] | None:
    """The namespace and the name under which multikeras offers a class or function."""
    try:
        return _public_names().get(value)
    except TypeError:
        return None


def find_public(module: str, name: str) -> Any:
    """What multikeras offers under a Keras module path and a name, or `None`.

    Args:
        module: Such as "keras.layers", or a private path of Keras's such as "keras.src.models.functional".
        name: Such as "Dense".
    """
    objects = public_objects()
    parts = module.split(".")
    if parts[0] not in ("keras", "multikeras", "tf_keras"):
        return None
    if module == "keras":
        for space in (*NAMESPACES, "dtype_policies"):
            if f"{space}.{name}" in objects:
                return objects[f"{space}.{name}"]
        return None
    space = ".".join(p for p in parts[1:] if p not in ("src",))
    if f"{space}.{name}" in objects:
        return objects[f"{space}.{name}"]
    # Private paths name the file too: keras.src.layers.core.dense.
    if parts[1] == "src" and len(parts) > 2:
        return objects.get(f"{parts[2]}.{name}")
    return None


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """Decorator: configurations may name the class or function, as "package>name".

    Args:
        package: A prefix that keeps names of different projects apart.
        name: The name; that of the class or function by default.

    Raises:
        ArgumentError: A class without `get_config`, or a name that something else has.

    ```python
    >>> import multikeras as keras
    >>> @register_keras_serializable("my_project")
    ... def double(x):
    ...     return x * 2
    >>> get_registered_name(double)
    'my_project>double'

    ```
    """

    def register(target: Any) -> Any:
        registered = f"{package}>{name or target.__name__}"
        if inspect.isclass(target) and not hasattr(target, "get_config"):
            raise ArgumentError(
                "A class that is registered has a `get_config`.", received=target.__name__, hint="def get_config(self):"
            )
        other = _registered.get(registered)
        if other is not None and (other.__module__, other.__qualname__) != (target.__module__, target.__qualname__):
            raise ArgumentError(
                "A registered name belongs to one object.", received=f"{registered}: {other!r}, {target!r}"
            )
        _registered[registered] = target
        _names[target] = registered
        return target

    return register


def get_registered_name(obj: Any) -> str:
    """The registered name of a class or function; its own name where it is not registered."""
    return _names.get(obj, getattr(obj, "__name__", str(obj)))


def is_registered(obj: Any) -> bool:
    """Whether a class or function was registered."""
    return obj in _names


def get_registered_object(name: str, custom_objects: Any = None, module_objects: Any = None) -> Any:
    """What is known under a registered name, `None` for nothing.

    Args:
        name: Such as "my_project>Layer".
        custom_objects: More objects by name.
        module_objects: Still more.
    """
    for known in (_scoped.objects, _registered, custom_objects or {}, module_objects or {}):
        if name in known:
            return known[name]
    return None


def get_custom_objects() -> dict[str, Any]:
    """The registered objects by name; what is put in is registered."""
    return _registered


class CustomObjectScope:
    """A scope in which configurations may name further objects.

    Args:
        custom_objects: Classes and functions by name.
    """

    def __init__(self, custom_objects: dict[str, Any]) -> None:
        self.custom_objects = custom_objects or {}

    def __enter__(self) -> CustomObjectScope:
        self._before = _scoped.objects
        _scoped.objects = {**self._before, **self.custom_objects}
        return self

    def __exit__(self, *exception: object) -> None:
        _scoped.objects = self._before


custom_object_scope = CustomObjectScope


def scoped_objects() -> dict[str, Any]:
    """The objects of the scopes in force, by name."""
    return _scoped.objects


def is_plain(value: Any) -> bool:
    """Whether a value can be written down as it is: numbers, strings, and nestings of them."""
    if value is None or isinstance(value, (bool, int, float, str, np.generic)):
        return True
    if isinstance(value, (list, tuple)):
        return all(is_plain(v) for v in value)
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    return False
