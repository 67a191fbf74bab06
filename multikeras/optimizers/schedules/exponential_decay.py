"""ExponentialDecay: a rate that falls by a constant factor."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_float


class ExponentialDecay(LearningRateSchedule):
    """`initial * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: Steps in which the rate falls by `decay_rate`.
        decay_rate: The factor.
        staircase: Whether the rate falls at whole multiples of `decay_steps` only.
        name: A name.

    Raises:
        ArgumentError: `decay_steps` is not above zero.

    ```python
    >>> float(ExponentialDecay(1.0, 10, 0.5)(20))
    0.25

    ```
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        if decay_steps <= 0:
            raise ArgumentError("`decay_steps` is above zero.", received=f"decay_steps={decay_steps}")
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The rate."""
        periods = ops.divide(as_float(step), self.decay_steps)
        if self.staircase:
            periods = ops.floor(periods)
        return ops.multiply(self.initial_learning_rate, ops.power(self.decay_rate, periods))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }
