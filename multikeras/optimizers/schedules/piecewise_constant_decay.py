"""PiecewiseConstantDecay: a rate for each stretch of steps."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule, as_float


class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[i]` up to and with step `boundaries[i]`, the last value after.

    Args:
        boundaries: Steps, in rising order.
        values: Rates, one more than boundaries.
        name: A name.

    Raises:
        ArgumentError: There is not one value more than boundaries.

    ```python
    >>> schedule = PiecewiseConstantDecay([10], [1.0, 0.5])
    >>> float(schedule(10)), float(schedule(11))
    (1.0, 0.5)

    ```
    """

    def __init__(self, boundaries: Any, values: Any, name: str = "PiecewiseConstant") -> None:
        if len(boundaries) != len(values) - 1:
            raise ArgumentError(
                "There is one value more than boundaries.", received=f"{len(boundaries)} and {len(values)}"
            )
        self.boundaries = list(boundaries)
        self.values = list(values)
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The rate."""
        step = as_float(step)
        rate = ops.convert_to_tensor(float(self.values[-1]), "float32")
        for bound, value in zip(reversed(self.boundaries), reversed(self.values[:-1]), strict=True):
            rate = ops.where(ops.less_equal(step, float(bound)), ops.cast(value, "float32"), rate)
        return rate

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal schedule."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}
