"""Errors of numbers, as metrics."""

from __future__ import annotations

from typing import Any

from multikeras.losses.regression import mean_absolute_error, mean_squared_error
from multikeras.metrics.reduction import MeanMetricWrapper


class MeanSquaredError(MeanMetricWrapper):
    """The mean of squared errors.

    Args:
        name: Its name.
        dtype: See `Metric`.

    ```python
    >>> float(MeanSquaredError()([[1.0, 2.0]], [[1.0, 4.0]]))
    2.0

    ```
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(mean_squared_error, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype}


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of absolute errors.

    Args:
        name: Its name.
        dtype: See `Metric`.

    ```python
    >>> float(MeanAbsoluteError()([[1.0, 2.0]], [[1.0, 4.0]]))
    1.0

    ```
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(mean_absolute_error, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype}
