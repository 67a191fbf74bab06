"""Moving models between backends."""

from __future__ import annotations

from typing import Any

from multikeras.backend import registry
from multikeras.backend.contract import Backend
from multikeras.backend.select import use_backend
from multikeras.saving.serialization import deserialize_keras_object, serialize_keras_object


def move(model: Any, target: str | Backend) -> Any:
    """See `Model.to_backend`."""
    backend = registry.load(target) if isinstance(target, str) else target
    custom = {type(layer).__name__: _user_class(layer) for layer in model._flatten_layers()}
    config = serialize_keras_object(model)
    compile_config = config.pop("compile_config", None)
    with use_backend(backend):
        twin = deserialize_keras_object(config, custom_objects=custom)
        if not twin.built and model.built and model._build_shapes:
            twin.build_from_config(model.get_build_config())
        twin.set_weights(model.get_weights())
        if compile_config is not None:
            twin.compile_from_config(compile_config)
    return twin


def _user_class(layer: Any) -> type:
    from multikeras.backend.binding import unbound

    return unbound(type(layer))
