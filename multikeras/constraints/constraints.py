"""Constraints: functions that weights pass through after each step of an optimizer."""

from __future__ import annotations

from typing import Any

from multikeras import config, ops
from multikeras.errors import NotSupportedError


class Constraint:
    """The base of all constraints. A subclass defines `__call__`, and `get_config` where it has arguments.

    ```python
    >>> class Halve(Constraint):
    ...     def __call__(self, w):
    ...         return w / 2
    >>> Halve()(ops.ones((1,))).tolist()
    [0.5]

    ```
    """

    def __call__(self, w: Any) -> Any:
        """The tensor that takes the place of `w`."""
        raise NotSupportedError(f"{type(self).__name__} defines `__call__`.", hint="def __call__(self, w): ...")

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal constraint."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The constraint of a `get_config`."""
        return cls(**config)


def _norms(w: Any, axis: Any) -> Any:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Vectors longer than a bound are shortened to it.

    Args:
        max_value: The bound.
        axis: The axes along which an entry belongs to one vector.

    Source: Srivastava et al. (2014), "Dropout", JMLR 15, section 5.1.

    ```python
    >>> MaxNorm(1.0)([[3.0], [4.0]]).astype(float).round(3).tolist()
    [[0.6], [0.8]]

    ```
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The shortened vectors."""
        norms = _norms(w, self.axis)
        wanted = ops.clip(norms, 0, self.max_value)
        return ops.multiply(w, ops.divide(wanted, ops.add(config.epsilon(), norms)))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal constraint."""
        return {"max_value": self.max_value, "axis": self.axis}


class MinMaxNorm(Constraint):
    """Vectors are drawn towards a range of lengths: `rate` of the way at each step.

    Args:
        min_value: The least length.
        max_value: The greatest length.
        rate: How much of the way, in [0, 1].
        axis: The axes along which an entry belongs to one vector.

    ```python
    >>> MinMaxNorm(0.0, 1.0)([[3.0], [4.0]]).astype(float).round(3).tolist()
    [[0.6], [0.8]]

    ```
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The rescaled vectors."""
        norms = _norms(w, self.axis)
        inside = ops.clip(norms, self.min_value, self.max_value)
        wanted = ops.add(ops.multiply(self.rate, inside), ops.multiply(1 - self.rate, norms))
        return ops.multiply(w, ops.divide(wanted, ops.add(config.epsilon(), norms)))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal constraint."""
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


class NonNeg(Constraint):
    """Entries below zero become zero.

    ```python
    >>> NonNeg()([-1.0, 2.0]).tolist()
    [0.0, 2.0]

    ```
    """

    def __call__(self, w: Any) -> Any:
        """The tensor without negative entries."""
        return ops.maximum(w, 0)


class UnitNorm(Constraint):
    """Vectors get the length 1.

    Args:
        axis: The axes along which an entry belongs to one vector.

    ```python
    >>> UnitNorm()([[3.0], [4.0]]).astype(float).round(3).tolist()
    [[0.6], [0.8]]

    ```
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The unit vectors."""
        return ops.divide(w, ops.add(config.epsilon(), _norms(w, self.axis)))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal constraint."""
        return {"axis": self.axis}
