"""Constraints: functions that weights pass through after each step of an optimizer."""

from typing import Any

from multikeras.constraints.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from multikeras.saving.identifiers import Catalogue

max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

_catalogue = Catalogue("constraint", [MaxNorm, MinMaxNorm, NonNeg, UnitNorm])


def get(identifier: Any) -> Any:
    """A constraint by name, class, configuration or as it is; `None` for `None`.

    Raises:
        ArgumentError: There is no such constraint.

    ```python
    >>> get("unit_norm").axis
    0

    ```
    """
    return _catalogue.get(identifier)


def serialize(constraint: Any) -> Any:
    """The configuration of a constraint."""
    return _catalogue.serialize(constraint)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The constraint of a configuration."""
    return _catalogue.deserialize(config, custom_objects)


__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]
