"""Tools around models."""

from multikeras.config import disable_interactive_logging, enable_interactive_logging, is_interactive_logging_enabled
from multikeras.dtypes.lattice import standardize as standardize_dtype
from multikeras.graph.keras_tensor import is_keras_tensor
from multikeras.saving.object_registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from multikeras.saving.serialization import deserialize_keras_object, serialize_keras_object
from multikeras.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight
from multikeras.utils.categorical import to_categorical
from multikeras.utils.file_download import get_file
from multikeras.utils.progbar import Progbar
from multikeras.utils.py_dataset import PyDataset, Sequence
from multikeras.utils.random_seed import set_random_seed
from multikeras.utils.session import clear_session

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "pack_x_y_sample_weight",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
