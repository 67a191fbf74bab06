"""The learning rates of a model: one, or one for each of several optimizers."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import StateError


def with_rates(model: Any) -> dict[str, Any]:
    """The optimizers that have a learning rate, by the name that this has in logs.

    Raises:
        StateError: The model is trained by none of this library's.
    """
    optimizer: Any = getattr(model, "optimizer", None)
    inner: Any = getattr(optimizer, "inner_optimizer", optimizer)
    if hasattr(inner, "optimizers"):
        return {f"learning_rate_{each.name}": each for each in inner.optimizers}
    if not hasattr(inner, "learning_rate"):
        raise StateError(
            "The model's optimizer has a learning rate.", received=repr(optimizer), hint="model.compile(optimizer=...)"
        )
    return {"learning_rate": inner}


def rate_of(optimizer: Any) -> float:
    """The learning rate of an optimizer now; the host waits for it."""
    return float(ops.convert_to_numpy(optimizer.learning_rate))


def log_rates(model: Any, logs: Any) -> None:
    """Put the learning rates into the logs of an epoch."""
    if logs is not None:
        logs.update({name: rate_of(optimizer) for name, optimizer in with_rates(model).items()})
