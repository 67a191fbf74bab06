"""Learning-rate schedules."""

from typing import Any

from multikeras.optimizers.schedules.cosine_decay import CosineDecay
from multikeras.optimizers.schedules.cosine_decay_restarts import CosineDecayRestarts
from multikeras.optimizers.schedules.exponential_decay import ExponentialDecay
from multikeras.optimizers.schedules.inverse_time_decay import InverseTimeDecay
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from multikeras.optimizers.schedules.piecewise_constant_decay import PiecewiseConstantDecay
from multikeras.optimizers.schedules.polynomial_decay import PolynomialDecay


def serialize(learning_rate_schedule: Any) -> Any:
    """The configuration of a schedule."""
    from multikeras.saving.serialization import serialize_keras_object

    return serialize_keras_object(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The schedule of a configuration."""
    from multikeras.saving.serialization import deserialize_keras_object

    known = {name: globals()[name] for name in __all__ if name[0].isupper()}
    return deserialize_keras_object(config, custom_objects=custom_objects, module_objects=known)


__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]
