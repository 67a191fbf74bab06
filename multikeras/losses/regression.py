"""Losses of numbers."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.losses.loss import LossFunctionWrapper, same_rank


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(ops.convert_to_tensor(y_true), ops.dtype(y_pred))
    return same_rank(y_true, y_pred)


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """`mean((y_true - y_pred)²)` over the last axis.

    Args:
        y_true: Targets, of shape (batch, ..., n).
        y_pred: Predictions of the same shape.

    Returns:
        Values of shape (batch, ...).

    ```python
    >>> mean_squared_error([[1.0, 2.0]], [[1.0, 4.0]]).tolist()
    [2.0]

    ```
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """`mean(|y_true - y_pred|)` over the last axis.

    Args:
        y_true: Targets, of shape (batch, ..., n).
        y_pred: Predictions of the same shape.

    Returns:
        Values of shape (batch, ...).

    ```python
    >>> mean_absolute_error([[1.0, 2.0]], [[1.0, 4.0]]).tolist()
    [1.0]

    ```
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.mean(ops.absolute(ops.subtract(y_true, y_pred)), axis=-1)


class MeanSquaredError(LossFunctionWrapper):
    """The mean of `mean_squared_error` over a batch.

    Args:
        reduction: See `Loss`.
        name: See `Loss`.
        dtype: See `Loss`.

    ```python
    >>> float(MeanSquaredError()([[1.0, 2.0]], [[1.0, 4.0]]))
    2.0

    ```
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "mean_squared_error", dtype: Any = None
    ) -> None:
        super().__init__(mean_squared_error, reduction=reduction, name=name, dtype=dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean of `mean_absolute_error` over a batch.

    Args:
        reduction: See `Loss`.
        name: See `Loss`.
        dtype: See `Loss`.

    ```python
    >>> float(MeanAbsoluteError()([[1.0, 2.0]], [[1.0, 4.0]]))
    1.0

    ```
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "mean_absolute_error", dtype: Any = None
    ) -> None:
        super().__init__(mean_absolute_error, reduction=reduction, name=name, dtype=dtype)
