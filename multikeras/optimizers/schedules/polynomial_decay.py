"""PolynomialDecay: a rate that falls along a power."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_float


class PolynomialDecay(LearningRateSchedule):
    """`(initial - end) * (1 - step / decay_steps) ** power + end`, and `end` after `decay_steps`.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: Steps in which the rate falls.
        end_learning_rate: The last rate.
        power: The power.
        cycle: Whether, after the end, the rate jumps up and falls again over the next whole multiple of `decay_steps`.
        name: A name.

    Raises:
        ArgumentError: `decay_steps` is not above zero.

    ```python
    >>> float(PolynomialDecay(1.0, 10, 0.0)(5))
    0.5

    ```
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        if decay_steps <= 0:
            raise ArgumentError("`decay_steps` is above zero.", received=f"decay_steps={decay_steps}")
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The rate."""
        step = as_float(step)
        if self.cycle:
            rounds = ops.maximum(ops.ceil(ops.divide(step, self.decay_steps)), 1.0)
            steps: Any = ops.multiply(rounds, float(self.decay_steps))
        else:
            steps = float(self.decay_steps)
            step = ops.minimum(step, steps)
        left = ops.power(ops.subtract(1.0, ops.divide(step, steps)), self.power)
        span = self.initial_learning_rate - self.end_learning_rate
        return ops.add(ops.multiply(span, left), self.end_learning_rate)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }
