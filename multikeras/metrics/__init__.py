"""Metrics: numbers gathered over many batches."""

from typing import Any

from multikeras.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    mean_absolute_error,
    mean_squared_error,
    sparse_categorical_crossentropy,
)
from multikeras.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from multikeras.metrics.crossentropy import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from multikeras.metrics.metric import Metric
from multikeras.metrics.reduction import Mean, MeanMetricWrapper, Sum
from multikeras.metrics.regression import MeanAbsoluteError, MeanSquaredError
from multikeras.saving.identifiers import Catalogue

_catalogue = Catalogue(
    "metric",
    [
        *(Accuracy, BinaryAccuracy, BinaryCrossentropy, CategoricalAccuracy, CategoricalCrossentropy, Mean),
        *(MeanAbsoluteError, MeanMetricWrapper, MeanSquaredError, SparseCategoricalAccuracy, Sum),
        *(SparseCategoricalCrossentropy, SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy),
    ],
    {
        "BCE": BinaryCrossentropy,
        "MAE": MeanAbsoluteError,
        "MSE": MeanSquaredError,
        "bce": BinaryCrossentropy,
        "mae": MeanAbsoluteError,
        "mse": MeanSquaredError,
        # The functions by name: each call gives a mean of their values.
        **{
            f.__name__: f
            for f in (binary_accuracy, categorical_accuracy, sparse_categorical_accuracy, top_k_categorical_accuracy)
        },
    },
)


def get(identifier: Any) -> Any:
    """A metric by name, class, configuration or as it is; `None` for `None`.

    Raises:
        ArgumentError: There is no such metric.

    ```python
    >>> get("mse").name
    'mean_squared_error'

    ```
    """
    return _catalogue.get(identifier)


def serialize(metric: Any) -> Any:
    """The configuration of a metric."""
    return _catalogue.serialize(metric)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The metric of a configuration."""
    return _catalogue.deserialize(config, custom_objects)


__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "Mean",
    "MeanAbsoluteError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "Metric",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "Sum",
    "TopKCategoricalAccuracy",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "deserialize",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]
