"""Saving and loading."""

from typing import Any

from multikeras.saving.object_registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from multikeras.saving.serialization import deserialize_keras_object, serialize_keras_object

_LAZY = ("load_model", "load_weights", "save_model", "save_weights")

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]


def __getattr__(name: str) -> Any:
    # Reading files needs h5py, which layers and losses, who import this package for its registry, do not.
    if name in _LAZY:
        from multikeras.saving import saving_api

        return getattr(saving_api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
