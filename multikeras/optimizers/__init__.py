"""Optimizers and learning-rate schedules."""

from typing import Any

from multikeras.optimizers import legacy, schedules
from multikeras.optimizers.adadelta import Adadelta
from multikeras.optimizers.adafactor import Adafactor
from multikeras.optimizers.adagrad import Adagrad
from multikeras.optimizers.adam import Adam
from multikeras.optimizers.adamax import Adamax
from multikeras.optimizers.adamw import AdamW
from multikeras.optimizers.ftrl import Ftrl
from multikeras.optimizers.lamb import Lamb
from multikeras.optimizers.lbfgs import LBFGS
from multikeras.optimizers.lion import Lion
from multikeras.optimizers.loss_scale_optimizer import LossScaleOptimizer
from multikeras.optimizers.multi_optimizer import MultiOptimizer
from multikeras.optimizers.muon import Muon
from multikeras.optimizers.nadam import Nadam
from multikeras.optimizers.optimizer import Optimizer
from multikeras.optimizers.optimizer_map import OptimizerMap
from multikeras.optimizers.rmsprop import RMSprop
from multikeras.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from multikeras.optimizers.sgd import SGD
from multikeras.saving.identifiers import Catalogue

_OPTIMIZERS: list[Any] = [
    *(Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, Muon, Nadam, RMSprop, SGD),
    *(LBFGS, LossScaleOptimizer, MultiOptimizer, ScheduleFreeAdamW),
]
_catalogue = Catalogue("optimizer", [*_OPTIMIZERS, OptimizerMap], {o.__name__.lower(): o for o in _OPTIMIZERS})


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


__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "legacy",
    "schedules",
    "serialize",
]
