"""Regularizers: functions of a tensor whose value is added to the loss."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, NotSupportedError, ShapeError


class Regularizer:
    """The base of all regularizers. A subclass defines `__call__`, and `get_config` where it has arguments.

    ```python
    >>> class Sum(Regularizer):
    ...     def __call__(self, x):
    ...         return ops.sum(x)
    >>> float(Sum()(ops.ones((3,))))
    3.0

    ```
    """

    def __call__(self, x: Any) -> Any:
        """A scalar for a tensor."""
        raise NotSupportedError(f"{type(self).__name__} defines `__call__`.", hint="def __call__(self, x): ...")

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal regularizer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The regularizer of a `get_config`."""
        return cls(**config)


def _factor(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ArgumentError(f"`{name}` is a number from 0 on.", received=f"{name}={value!r}", hint=f"{name}=0.01")
    return float(value)


class L1(Regularizer):
    """`l1 * sum(|x|)`.

    Args:
        l1: The factor.

    ```python
    >>> float(L1(0.5)([1.0, -2.0]))
    1.5

    ```
    """

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = _factor("l1", 0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> Any:
        """The scalar."""
        return ops.multiply(self.l1, ops.sum(ops.absolute(x)))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal regularizer."""
        return {"l1": self.l1}


class L2(Regularizer):
    """`l2 * sum(x²)`.

    Args:
        l2: The factor.

    ```python
    >>> float(L2(0.5)([1.0, -2.0]))
    2.5

    ```
    """

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = _factor("l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """The scalar."""
        return ops.multiply(self.l2, ops.sum(ops.square(x)))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal regularizer."""
        return {"l2": self.l2}


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x²)`.

    Args:
        l1: The factor of absolute values.
        l2: The factor of squares.

    ```python
    >>> float(L1L2(0.5, 0.5)([1.0, -2.0]))
    4.0

    ```
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _factor("l1", 0.0 if l1 is None else l1)
        self.l2 = _factor("l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """The scalar."""
        terms = []
        if self.l1:
            terms.append(ops.multiply(self.l1, ops.sum(ops.absolute(x))))
        if self.l2:
            terms.append(ops.multiply(self.l2, ops.sum(ops.square(x))))
        if not terms:
            return ops.multiply(0.0, ops.sum(x))
        return terms[0] if len(terms) == 1 else ops.add(*terms)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal regularizer."""
        return {"l1": self.l1, "l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """Penalizes rows (or columns) of a matrix that are not orthogonal: `factor * sum(|cos(a, b)|) / 2 / pairs`.

    The sum is over the ordered pairs of different rows, so that each unordered pair counts once.

    Args:
        factor: The factor.
        mode: `"rows"` or `"columns"`.

    Source: Brock et al. (2017), "Neural photo editing with introspective adversarial networks", eq. 6, on cosines.

    ```python
    >>> float(OrthogonalRegularizer(1.0)([[1.0, 0.0], [0.0, 2.0]]))
    0.0

    ```
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _factor("factor", factor)
        if mode not in ("rows", "columns"):
            raise ArgumentError("`mode` is 'rows' or 'columns'.", received=repr(mode))
        self.mode = mode

    def __call__(self, x: Any) -> Any:
        """The scalar."""
        if ops.ndim(x) != 2:
            raise ShapeError("An orthogonal regularizer takes a matrix.", received=f"{ops.ndim(x)} axes")
        rows = ops.normalize(x, axis=1 if self.mode == "rows" else 0)
        if self.mode == "rows":
            products = ops.matmul(rows, ops.transpose(rows))
        else:
            products = ops.matmul(ops.transpose(rows), rows)
        size = ops.shape(products)[0]
        off_diagonal = ops.multiply(products, ops.subtract(1.0, ops.eye(size, dtype=ops.dtype(products))))
        pairs = max(size * (size - 1) / 2, 1)
        return ops.multiply(self.factor * 0.5 / pairs, ops.sum(ops.absolute(off_diagonal)))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal regularizer."""
        return {"factor": self.factor, "mode": self.mode}
