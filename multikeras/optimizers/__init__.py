"""Optimizers and learning-rate schedules."""

from typing import Any

from multikeras.optimizers import schedules
from multikeras.optimizers.adam import Adam
from multikeras.optimizers.adamw import AdamW
from multikeras.optimizers.optimizer import Optimizer
from multikeras.optimizers.rmsprop import RMSprop
from multikeras.optimizers.sgd import SGD
from multikeras.saving.identifiers import Catalogue

_catalogue = Catalogue(
    "optimizer", [SGD, Adam, AdamW, RMSprop], {"sgd": SGD, "adam": Adam, "adamw": AdamW, "rmsprop": RMSprop}
)


def get(identifier: Any) -> Any:
    """An optimizer by name, class, configuration or as it is.

    Raises:
        ArgumentError: There is no such optimizer.

    ```python
    >>> type(get("adam")).__name__
    'Adam'

    ```
    """
    return _catalogue.get(identifier, accept=lambda x: isinstance(x, Optimizer))


def serialize(optimizer: Any) -> Any:
    """The configuration of an optimizer."""
    return _catalogue.serialize(optimizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The optimizer of a configuration."""
    return _catalogue.deserialize(config, custom_objects)


__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "deserialize", "get", "schedules", "serialize"]
