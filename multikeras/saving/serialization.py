"""Objects as JSON-like configurations and back, in Keras 3's format."""

from __future__ import annotations

import base64
import inspect
from typing import Any

import numpy as np

from multikeras.errors import SerializationError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.saving import object_registration as registry

_PLAIN = (str, bool, int, float, type(None))


def serialize_keras_object(obj: Any) -> Any:
    """A configuration, made of what JSON knows, from which `deserialize_keras_object` makes an equal object.

    Args:
        obj: A plain value, a nesting, an array, a tensor, or anything with a `get_config`.

    Raises:
        SerializationError: It is none of these.

    ```python
    >>> import multikeras as keras
    >>> serialize_keras_object(keras.initializers.Zeros())["class_name"]
    'Zeros'

    ```
    """
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, dict):
        return {k: serialize_keras_object(v) for k, v in obj.items()}
    if isinstance(obj, list):
        return [serialize_keras_object(v) for v in obj]
    if isinstance(obj, tuple):
        return tuple(serialize_keras_object(v) for v in obj)
    if isinstance(obj, bytes):
        return _tagged("__bytes__", base64.b64encode(obj).decode())
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, slice):
        return {
            "class_name": "__slice__",
            "config": {k: serialize_keras_object(getattr(obj, k)) for k in ("start", "stop", "step")},
        }
    if isinstance(obj, KerasTensor):
        history = obj._keras_history
        return {
            "class_name": "__keras_tensor__",
            "config": {
                "shape": list(obj.shape),
                "dtype": obj.dtype,
                "keras_history": [history.operation.name, history.node_index, history.tensor_index]
                if history
                else None,
            },
        }
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, np.dtype):
        return obj.name
    from multikeras import ops
    from multikeras.state.variable import Variable

    if isinstance(obj, Variable) or ops.is_tensor(obj):
        array = ops.convert_to_numpy(obj)
        return {"class_name": "__tensor__", "config": {"value": array.tolist(), "dtype": array.dtype.name}}
    if inspect.isfunction(obj):
        return _serialize_function(obj)
    if inspect.isclass(obj):
        return _serialize_class(obj)
    if not hasattr(obj, "get_config"):
        raise SerializationError(
            "What is written down is a plain value, or has a `get_config`.",
            received=f"{obj!r} of {type(obj).__name__}",
            hint="def get_config(self): ...",
        )
    return _serialize_object(obj)


def _tagged(tag: str, value: Any) -> dict[str, Any]:
    return {"class_name": tag, "config": {"value": value}}


def _serialize_function(obj: Any) -> dict[str, Any]:
    if obj.__name__ == "<lambda>":
        raise SerializationError(
            "A lambda can't be written down: loading would have to run code from the file.",
            received=repr(obj),
            hint="@keras.saving.register_keras_serializable() on a named function",
        )
    name = registry.public_name(obj)
    if name is not None:
        return {"module": f"keras.{name[0]}", "class_name": "function", "config": name[1], "registered_name": name[1]}
    registered = registry.get_registered_name(obj)
    return {"module": "builtins", "class_name": "function", "config": obj.__name__, "registered_name": registered}


def _serialize_class(obj: Any) -> dict[str, Any]:
    name = registry.public_name(obj)
    if name is not None:
        return {"class_name": "__class__", "config": {"module": f"keras.{name[0]}", "name": name[1]}}
    return {"class_name": "__class__", "config": {"module": obj.__module__, "name": registry.get_registered_name(obj)}}


def _serialize_object(obj: Any) -> dict[str, Any]:
    from multikeras.backend.binding import unbound

    kind = unbound(type(obj))
    module, class_name, registered = class_address(kind)
    row: dict[str, Any] = {
        "module": module,
        "class_name": class_name,
        "config": {k: serialize_keras_object(v) for k, v in obj.get_config().items()},
        "registered_name": registered,
    }
    if hasattr(obj, "get_build_config"):
        build = obj.get_build_config()
        if build:
            row["build_config"] = serialize_keras_object(_shapes_as_lists(build))
    if hasattr(obj, "get_compile_config") and getattr(obj, "compiled", False):
        config = obj.get_compile_config()
        if config is not None:
            row["compile_config"] = config
    return row


def _shapes_as_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _shapes_as_lists(v) for k, v in value.items()}
    return [_shapes_as_lists(v) for v in value] if isinstance(value, (list, tuple)) else value


def class_address(kind: type) -> tuple[str, str, str | None]:
    """The module, the class name and the registered name by which a configuration names a class."""
    if registry.is_registered(kind):
        return kind.__module__, kind.__name__, registry.get_registered_name(kind)
    name = registry.public_name(kind)
    if name is None:
        return kind.__module__, kind.__name__, kind.__name__
    space, public = name
    if public == "Functional":
        return "keras.src.models.functional", "Functional", "Functional"
    if space == "dtype_policies":
        return "keras", "DTypePolicy", None
    if space == "models":
        return "keras", public, None
    return f"keras.{space}", public, None


def deserialize_keras_object(config: Any, custom_objects: Any = None, safe_mode: bool = True, **kwargs: Any) -> Any:
    """The object of a `serialize_keras_object`.

    Only classes and functions of multikeras's own and registered ones are made; nothing is imported.

    Args:
        config: A configuration.
        custom_objects: Further classes and functions by name.
        safe_mode: Kept for the signature; loading never runs code of a file.
        kwargs: `module_objects`, objects by name that strings stand for.

    Raises:
        SerializationError: It names something unknown, or has no known form.
    """
    if kwargs:
        unknown = set(kwargs) - {"module_objects", "printable_module_name"}
        if unknown:
            raise SerializationError("deserialize_keras_object has no such arguments.", received=", ".join(unknown))
    with registry.CustomObjectScope(custom_objects or {}):
        return _deserialize(config, kwargs.get("module_objects"))


def _deserialize(config: Any, module_objects: Any = None) -> Any:
    if isinstance(config, (bool, int, float, type(None))):
        return config
    if isinstance(config, str):
        if module_objects and config in module_objects:
            found = module_objects[config]
            return found() if inspect.isclass(found) else found
        return registry.scoped_objects().get(config, config)
    if isinstance(config, (list, tuple)):
        return [_deserialize(v) for v in config]
    if not isinstance(config, dict):
        return config
    tag = config.get("class_name")
    if not isinstance(tag, str) or "config" not in config:
        return {k: _deserialize(v) for k, v in config.items()}
    inner = config["config"]
    if tag.startswith("__") and tag.endswith("__"):
        return _deserialize_tagged(tag, inner)
    if tag == "function":
        return _find_function(config, module_objects)
    return _make_object(config, module_objects)


def _deserialize_tagged(tag: str, inner: Any) -> Any:
    if tag == "__tuple__":
        return tuple(_deserialize(v) for v in inner["value"])
    if tag == "__bytes__":
        return base64.b64decode(inner["value"])
    if tag == "__ellipsis__":
        return Ellipsis
    if tag == "__slice__":
        return slice(*(_deserialize(inner[k]) for k in ("start", "stop", "step")))
    if tag == "__numpy__":
        return np.array(inner["value"], dtype=inner["dtype"])
    if tag == "__tensor__":
        from multikeras import ops

        return ops.convert_to_tensor(np.array(inner["value"], dtype=inner["dtype"]))
    if tag == "__keras_tensor__":
        return KerasTensor(inner["shape"], dtype=inner["dtype"])
    if tag == "__class__":
        found = registry.find_public(inner["module"], inner["name"]) or registry.get_registered_object(inner["name"])
        if found is None:
            raise _unknown(inner.get("name"), inner.get("module"))
        return found
    if tag == "__lambda__":
        raise SerializationError(
            "A file may not bring code: it holds a lambda.", hint="a named function, registered before loading"
        )
    raise SerializationError("A configuration has a form that is known.", received=tag)


def _find_function(config: dict[str, Any], module_objects: Any) -> Any:
    registered = config.get("registered_name")
    name = config["config"] if registered in (None, "function") else str(registered)
    for candidate in (name, config["config"]):
        found = registry.get_registered_object(candidate, module_objects=module_objects)
        if found is not None:
            return found
    module = config.get("module") or ""
    found = registry.find_public(module, config["config"])
    if found is None and module == "builtins":
        for space in ("activations", "losses", "metrics"):
            found = registry.find_public(f"keras.{space}", config["config"])
            if found is not None:
                break
    if found is None or inspect.isclass(found):
        raise _unknown(config["config"], module)
    return found


def _find_class(config: dict[str, Any], module_objects: Any) -> type:
    registered = config.get("registered_name")
    name = config["class_name"]
    for candidate in (registered, name):
        if candidate:
            found = registry.get_registered_object(candidate, module_objects=module_objects)
            if found is not None:
                return found
    found = registry.find_public(config.get("module") or "keras", name)
    if not inspect.isclass(found):
        raise _unknown(registered or name, config.get("module"))
    return found


def _unknown(name: Any, module: Any) -> SerializationError:
    return SerializationError(
        "A configuration names classes and functions of Keras, or registered ones.",
        received=f"{name!r} of {module!r}",
        hint="custom_objects={...}, or @keras.saving.register_keras_serializable()",
    )


def _make_object(config: dict[str, Any], module_objects: Any) -> Any:
    kind = _find_class(config, module_objects)
    inner = config["config"]
    if not hasattr(kind, "from_config"):
        raise SerializationError("A class in a configuration has a `from_config`.", received=kind.__name__)
    if not isinstance(inner, dict):
        raise SerializationError("The `config` of an object is a dict.", received=f"{kind.__name__}: {inner!r}")
    try:
        made = kind.from_config(inner)
    except TypeError as error:
        raise SerializationError(
            f"{kind.__name__} is made from its configuration.",
            received=f"{error}",
            hint=f"{kind.__name__}.from_config(config)",
        ) from error
    build = config.get("build_config")
    if build and hasattr(made, "build_from_config") and not getattr(made, "built", False):
        made.build_from_config(build)
    compile_config = config.get("compile_config")
    if compile_config and hasattr(made, "compile_from_config"):
        made.compile_from_config(compile_config)
    return made
