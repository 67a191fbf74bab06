"""LearningRateSchedule: a learning rate that depends on the step."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import NotSupportedError


class LearningRateSchedule:
    """The base of schedules: called with the number of the step, from 0 on, they return the learning rate.

    ```python
    >>> class Halving(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return ops.power(0.5, as_float(step))
    >>> float(Halving()(2))
    0.25

    ```
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step, a float32 scalar."""
        raise NotSupportedError(f"{type(self).__name__} defines `__call__`.", hint="def __call__(self, step): ...")

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal schedule."""
        raise NotSupportedError(f"{type(self).__name__} defines `get_config`.", hint="return {...}")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The schedule of a `get_config`."""
        return cls(**config)


def as_float(step: Any) -> Any:
    """A step as a float32 scalar tensor."""
    return ops.cast(ops.convert_to_tensor(step), "float32")
