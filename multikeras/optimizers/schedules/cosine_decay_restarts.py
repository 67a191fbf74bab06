"""CosineDecayRestarts: a rate that falls along half cosines, again and again."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_float


class CosineDecayRestarts(LearningRateSchedule):
    """A cosine decay that starts anew when it has ended, each time `t_mul` longer and `m_mul` lower.

    Args:
        initial_learning_rate: The rate at step 0.
        first_decay_steps: Steps of the first period.
        t_mul: The factor by which periods grow.
        m_mul: The factor by which their starts fall.
        alpha: The last rate of a period as a share of the initial rate.
        name: A name.

    Raises:
        ArgumentError: `first_decay_steps` is not above zero.

    Source: Loshchilov, Hutter (2017), "SGDR: stochastic gradient descent with warm restarts", ICLR, eq. 5.

    ```python
    >>> schedule = CosineDecayRestarts(1.0, 10)
    >>> round(float(schedule(5)), 3), round(float(schedule(10)), 3)
    (0.5, 1.0)

    ```
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        if first_decay_steps <= 0:
            raise ArgumentError("`first_decay_steps` is above zero.", received=str(first_decay_steps))
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The rate."""
        done = ops.divide(as_float(step), self.first_decay_steps)
        if self.t_mul == 1.0:
            restarts = ops.floor(done)
            share = ops.subtract(done, restarts)
        else:
            # The first k periods last (1 - t_mul^k) / (1 - t_mul) first periods.
            grown = ops.subtract(1.0, ops.multiply(done, 1.0 - self.t_mul))
            restarts = ops.floor(ops.divide(ops.log(grown), math.log(self.t_mul)))
            length = ops.power(self.t_mul, restarts)
            passed = ops.divide(ops.subtract(1.0, length), 1.0 - self.t_mul)
            share = ops.divide(ops.subtract(done, passed), length)
        top = ops.power(self.m_mul, restarts)
        height = ops.multiply(ops.multiply(0.5, top), ops.add(1.0, ops.cos(ops.multiply(math.pi, share))))
        return ops.multiply(self.initial_learning_rate, ops.add(ops.multiply(1 - self.alpha, height), self.alpha))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }
