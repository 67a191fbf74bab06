"""Losses."""

from typing import Any

from multikeras.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from multikeras.losses.loss import Loss, LossFunctionWrapper
from multikeras.losses.regression import MeanAbsoluteError, MeanSquaredError, mean_absolute_error, mean_squared_error
from multikeras.saving.identifiers import Catalogue

_catalogue = Catalogue(
    "loss",
    [
        *(
            BinaryCrossentropy,
            CategoricalCrossentropy,
            SparseCategoricalCrossentropy,
            MeanAbsoluteError,
            MeanSquaredError,
        ),
        *(binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy),
        *(mean_absolute_error, mean_squared_error, LossFunctionWrapper),
    ],
    {
        # Names in lower case stand for functions, as in Keras.
        "binary_crossentropy": binary_crossentropy,
        "categorical_crossentropy": categorical_crossentropy,
        "mae": mean_absolute_error,
        "MAE": mean_absolute_error,
        "mean_absolute_error": mean_absolute_error,
        "mean_squared_error": mean_squared_error,
        "mse": mean_squared_error,
        "MSE": mean_squared_error,
        "bce": binary_crossentropy,
        "BCE": binary_crossentropy,
        "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
    },
)


def get(identifier: Any) -> Any:
    """A loss by name, class, configuration or as it is; `None` for `None`.

    Raises:
        ArgumentError: There is no such loss.

    ```python
    >>> get("mse") is mean_squared_error
    True

    ```
    """
    return _catalogue.get(identifier)


def serialize(loss: Any) -> Any:
    """The configuration of a loss."""
    return _catalogue.serialize(loss)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """The loss of a configuration."""
    return _catalogue.deserialize(name, custom_objects)


__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_crossentropy",
]
