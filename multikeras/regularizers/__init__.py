"""Regularizers: functions of weights or outputs whose value is added to the loss."""

from typing import Any

from multikeras.regularizers.regularizers import L1, L1L2, L2, OrthogonalRegularizer, Regularizer
from multikeras.saving.identifiers import Catalogue

l1 = L1
l1_l2 = L1L2
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer

_catalogue = Catalogue(
    "regularizer", [L1, L1L2, L2, OrthogonalRegularizer], {"l1": L1, "l2": L2, "l1_l2": L1L2, "l1l2": L1L2}
)


def get(identifier: Any) -> Any:
    """A regularizer by name, class, configuration or as it is; `None` for `None`.

    Raises:
        ArgumentError: There is no such regularizer.

    ```python
    >>> get("l2").l2
    0.01

    ```
    """
    return _catalogue.get(identifier)


def serialize(regularizer: Any) -> Any:
    """The configuration of a regularizer."""
    return _catalogue.serialize(regularizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The regularizer of a configuration."""
    return _catalogue.deserialize(config, custom_objects)


__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]
