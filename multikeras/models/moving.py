"""Moving models between backends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multikeras.backend import registry
from multikeras.backend.contract import Backend
from multikeras.backend.select import on_backend
from multikeras.errors import StateError
from multikeras.saving.serialization import deserialize_keras_object, serialize_keras_object
from multikeras.state.variable import Variable


def move(model: Any, target: str | Backend) -> Any:
    """See `Model.to_backend`."""
    backend = registry.load(target) if isinstance(target, str) else target
    custom = {type(layer).__name__: _user_class(layer) for layer in model._flatten_layers()}
    config = serialize_keras_object(model)
    compile_config = config.pop("compile_config", None)
    with on_backend(backend):
        twin = deserialize_keras_object(config, custom_objects=custom)
        if not twin.built and model.built and model._build_shapes:
            twin.build_from_config(model.get_build_config())
        _copy(model.variables, twin.variables, "variables")
        if compile_config is not None:
            twin.compile_from_config(compile_config)
        if twin.compiled and model.compiled:
            _build_alike(model, twin)
            _copy(model.metrics_variables, twin.metrics_variables, "variables of metrics")
            if model.optimizer is not None and model.optimizer.built:
                _copy(model.optimizer.variables, twin.optimizer.variables, "variables of the optimizer")
    return twin


def _user_class(layer: Any) -> type:
    from multikeras.backend.binding import unbound

    return unbound(type(layer))


def _build_alike(model: Any, twin: Any) -> None:
    """Make the metrics that the first batch would make, where it did in `model`."""
    for name in ("_compiled_loss", "_compiled_metrics"):
        built_for = getattr(getattr(model, name), "built_for", None)
        if built_for is not None:
            getattr(twin, name).build(*built_for)


def _copy(sources: Sequence[Variable], copies: Sequence[Variable], what: str) -> None:
    if len(sources) != len(copies):
        raise StateError(
            f"An equal model, made from its configuration, has as many {what}.",
            received=f"{len(copies)}, the model itself {len(sources)}",
            hint="a `get_config` with all that `__init__` needs, and a `build` that makes the rest",
        )
    for source, copy in zip(sources, copies, strict=True):
        copy.assign(source.numpy())
