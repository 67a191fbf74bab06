"""Shares of predictions that are right."""

from __future__ import annotations

from typing import Any

from multikeras import config, ops
from multikeras.losses.loss import same_rank
from multikeras.metrics.reduction import MeanMetricWrapper


def _floats(x: Any) -> Any:
    return ops.cast(x, config.floatx())


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where a prediction equals its target, else 0."""
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = same_rank(y_true, y_pred)
    return _floats(ops.equal(ops.cast(y_true, ops.dtype(y_pred)), y_pred))


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """1 where a prediction lies on its target's side of a threshold, else 0.

    Args:
        y_true: Targets, 0 or 1.
        y_pred: Predictions of the same shape.
        threshold: Predictions above it are taken for 1.

    ```python
    >>> binary_accuracy([[1.0], [0.0]], [[0.9], [0.9]]).tolist()
    [[1.0], [0.0]]

    ```
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    y_true, y_pred = same_rank(y_true, y_pred)
    taken = ops.cast(ops.greater(y_pred, threshold), ops.dtype(y_true))
    return _floats(ops.equal(y_true, taken))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the likeliest class is that of the target, else 0.

    Args:
        y_true: One-hot targets, of shape (..., classes).
        y_pred: Probabilities or logits of the same shape.

    ```python
    >>> categorical_accuracy([[0, 1]], [[0.2, 0.8]]).tolist()
    [1.0]

    ```
    """
    return sparse_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the likeliest class is the target, else 0.

    Args:
        y_true: Class numbers, of the shape of `y_pred` without its last axis, or with one of size 1.
        y_pred: Probabilities or logits, of shape (..., classes).

    ```python
    >>> sparse_categorical_accuracy([1], [[0.2, 0.8]]).tolist()
    [1.0]

    ```
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    taken = ops.argmax(y_pred, axis=-1)
    return _floats(ops.equal(ops.cast(y_true, ops.dtype(taken)), taken))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the class of the target is among the `k` likeliest, else 0.

    Args:
        y_true: One-hot targets, of shape (..., classes).
        y_pred: Probabilities or logits of the same shape.
        k: How many classes count.

    ```python
    >>> top_k_categorical_accuracy([[1, 0, 0]], [[0.3, 0.5, 0.2]], k=2).tolist()
    [1.0]

    ```
    """
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred, k=k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> Any:
    """1 where the target is among the `k` likeliest classes, else 0.

    Args:
        y_true: Class numbers, of the shape of `y_pred` without its last axis.
        y_pred: Probabilities or logits, of shape (..., classes); or class numbers, likeliest first.
        k: How many classes count.
        from_sorted_ids: Whether `y_pred` are class numbers.

    ```python
    >>> sparse_top_k_categorical_accuracy([0], [[0.3, 0.5, 0.2]], k=2).tolist()
    [1.0]

    ```
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    shape = ops.shape(y_true)
    classes = y_pred.shape[-1]
    flat_true = ops.reshape(ops.cast(y_true, "int32"), (-1,))
    flat_pred = ops.reshape(y_pred, (-1, classes))
    if from_sorted_ids:
        hits = ops.any(ops.equal(ops.cast(flat_pred[:, :k], "int32"), ops.expand_dims(flat_true, 1)), axis=1)
    else:
        hits = ops.in_top_k(flat_true, flat_pred, k=min(k, classes))
    return ops.reshape(_floats(hits), shape)


class Accuracy(MeanMetricWrapper):
    """The share of predictions that equal their targets.

    Args:
        name: Its name.
        dtype: See `Metric`.

    ```python
    >>> float(Accuracy()([[1], [2]], [[1], [3]]))
    0.5

    ```
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype}


class BinaryAccuracy(MeanMetricWrapper):
    """The share of predictions on the right side of a threshold.

    Args:
        name: Its name.
        dtype: See `Metric`.
        threshold: Predictions above it are taken for 1.

    ```python
    >>> float(BinaryAccuracy()([[1.0], [0.0]], [[0.9], [0.9]]))
    0.5

    ```
    """

    def __init__(self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(binary_accuracy, name=name, dtype=dtype, threshold=threshold)
        self.threshold = threshold

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype, "threshold": self.threshold}


class CategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose likeliest class is that of a one-hot target.

    Args:
        name: Its name.
        dtype: See `Metric`.

    ```python
    >>> float(CategoricalAccuracy()([[0, 1]], [[0.2, 0.8]]))
    1.0

    ```
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype}


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose likeliest class is the target.

    Args:
        name: Its name.
        dtype: See `Metric`.

    ```python
    >>> float(SparseCategoricalAccuracy()([1], [[0.2, 0.8]]))
    1.0

    ```
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype}


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples with the class of a one-hot target among the `k` likeliest.

    Args:
        k: How many classes count.
        name: Its name.
        dtype: See `Metric`.

    ```python
    >>> float(TopKCategoricalAccuracy(2)([[1, 0, 0]], [[0.3, 0.5, 0.2]]))
    1.0

    ```
    """

    def __init__(self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(top_k_categorical_accuracy, name=name, dtype=dtype, k=k)
        self.k = k

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype, "k": self.k}


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples with the target among the `k` likeliest classes.

    Args:
        k: How many classes count.
        name: Its name.
        dtype: See `Metric`.
        from_sorted_ids: Whether predictions are class numbers, likeliest first.

    ```python
    >>> float(SparseTopKCategoricalAccuracy(2)([0], [[0.3, 0.5, 0.2]]))
    1.0

    ```
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy, name=name, dtype=dtype, k=k, from_sorted_ids=from_sorted_ids
        )
        self.k = k
        self.from_sorted_ids = from_sorted_ids

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype, "k": self.k, "from_sorted_ids": self.from_sorted_ids}
