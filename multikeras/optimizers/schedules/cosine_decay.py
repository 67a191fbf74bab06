"""CosineDecay: a rate that falls along half a cosine, after a warm-up if asked for."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_float


class CosineDecay(LearningRateSchedule):
    """`start * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha)`, after a linear warm-up.

    Args:
        initial_learning_rate: The rate at step 0.
        decay_steps: Steps in which the rate falls.
        alpha: The last rate as a share of the highest.
        name: A name.
        warmup_target: The rate after the warm-up, from which it falls; with `None` there is none.
        warmup_steps: Steps of the warm-up.

    Raises:
        ArgumentError: `decay_steps` is not above zero.

    Source: Loshchilov, Hutter (2017), "SGDR: stochastic gradient descent with warm restarts", ICLR, eq. 5.

    ```python
    >>> schedule = CosineDecay(1.0, 10)
    >>> round(float(schedule(5)), 3), float(schedule(10))
    (0.5, 0.0)

    ```
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        if decay_steps <= 0:
            raise ArgumentError("`decay_steps` is above zero.", received=f"decay_steps={decay_steps}")
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        """The rate."""
        step = as_float(step)
        if self.warmup_target is None:
            return self._fallen(step, self.initial_learning_rate)
        rise = ops.divide(step, max(self.warmup_steps, 1))
        span = self.warmup_target - self.initial_learning_rate
        warm = ops.add(ops.multiply(span, rise), self.initial_learning_rate)
        fallen = self._fallen(ops.subtract(step, float(self.warmup_steps)), self.warmup_target)
        return ops.where(ops.less(step, float(self.warmup_steps)), warm, fallen)

    def _fallen(self, step: Any, start: float) -> Any:
        done = ops.minimum(ops.divide(step, self.decay_steps), 1.0)
        height = ops.multiply(0.5, ops.add(1.0, ops.cos(ops.multiply(math.pi, done))))
        return ops.multiply(start, ops.add(ops.multiply(1 - self.alpha, height), self.alpha))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }
