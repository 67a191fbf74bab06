"""Cross-entropies: losses of probabilities."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ShapeError
from multikeras.losses.loss import LossFunctionWrapper
from multikeras.ops._rules import canonical_axis
from multikeras.state.masks import set_mask


def _as_predictions(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred = ops.convert_to_tensor(y_pred)
    return ops.cast(ops.convert_to_tensor(y_true), ops.dtype(y_pred)), y_pred


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """`-mean(t log p + (1 - t) log(1 - p))` over an axis.

    Args:
        y_true: Targets in [0, 1].
        y_pred: Probabilities, or logits, of the same shape.
        from_logits: Whether `y_pred` are logits.
        label_smoothing: The share of each target that is moved to 1/2.
        axis: The axis to take the mean over.

    Returns:
        Values of the shape without that axis.

    ```python
    >>> binary_crossentropy([[1.0]], [[1.0]]).astype(float).round(3).tolist()
    [0.0]

    ```
    """
    y_true, y_pred = _as_predictions(y_true, y_pred)
    if label_smoothing:
        y_true = ops.add(ops.multiply(y_true, 1.0 - label_smoothing), 0.5 * label_smoothing)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """`-sum(t log p)` over the classes.

    Args:
        y_true: Probabilities of classes, one-hot as a rule.
        y_pred: Probabilities, or logits, of the same shape.
        from_logits: Whether `y_pred` are logits.
        label_smoothing: The share of each target that is spread evenly over the classes.
        axis: The axis of classes.

    Returns:
        Values of the shape without that axis.

    Raises:
        ShapeError: The shapes differ.

    ```python
    >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).astype(float).round(3).tolist()
    [0.693]

    ```
    """
    y_true, y_pred = _as_predictions(y_true, y_pred)
    if label_smoothing:
        classes = y_pred.shape[canonical_axis(axis, len(y_pred.shape))]
        y_true = ops.add(ops.multiply(y_true, 1.0 - label_smoothing), label_smoothing / classes)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """`-log p[t]` for class numbers `t`.

    Args:
        y_true: Class numbers, of the shape of `y_pred` without the axis of classes, or with that of size 1.
        y_pred: Probabilities, or logits.
        from_logits: Whether `y_pred` are logits.
        ignore_class: A class number whose samples do not count.
        axis: The axis of classes.

    Returns:
        Values of the shape without that axis; zero where the class is ignored.

    Raises:
        ShapeError: The shapes do not fit.

    ```python
    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).astype(float).round(3).tolist()
    [0.693]

    ```
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    position = canonical_axis(axis, len(y_pred.shape))
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[position] == 1:
        y_true = ops.squeeze(y_true, axis=position)
    counted = None
    if ignore_class is not None:
        if len(y_true.shape) != len(y_pred.shape) - 1:
            raise ShapeError(
                "Class numbers have the axes of the predictions but for that of classes.",
                received=f"{tuple(y_true.shape)} and {tuple(y_pred.shape)}",
            )
        counted = ops.not_equal(y_true, ignore_class)
        y_true = ops.where(counted, y_true, ops.zeros_like(y_true))
        # Predictions that do not count are replaced before the logarithm, so that no nan gets into the gradient.
        y_pred = ops.where(ops.expand_dims(counted, position), y_pred, ops.zeros_like(y_pred))
    values = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    if counted is not None:
        values = ops.where(counted, values, ops.zeros_like(values))
        set_mask(values, counted)
    return values


class BinaryCrossentropy(LossFunctionWrapper):
    """The mean of `binary_crossentropy` over a batch.

    Args:
        from_logits: Whether predictions are logits.
        label_smoothing: The share of each target that is moved to 1/2.
        axis: The axis to take the mean over first.
        reduction: See `Loss`.
        name: See `Loss`.
        dtype: See `Loss`.

    ```python
    >>> round(float(BinaryCrossentropy()([[1.0, 0.0]], [[0.5, 0.5]])), 3)
    0.693

    ```
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class CategoricalCrossentropy(LossFunctionWrapper):
    """The mean of `categorical_crossentropy` over a batch.

    Args:
        from_logits: Whether predictions are logits.
        label_smoothing: The share of each target that is spread evenly over the classes.
        axis: The axis of classes.
        reduction: See `Loss`.
        name: See `Loss`.
        dtype: See `Loss`.

    ```python
    >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 3)
    0.693

    ```
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The mean of `sparse_categorical_crossentropy` over a batch.

    Args:
        from_logits: Whether predictions are logits.
        ignore_class: A class number whose samples do not count.
        reduction: See `Loss`.
        axis: The axis of classes.
        name: See `Loss`.
        dtype: See `Loss`.

    ```python
    >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 3)
    0.693

    ```
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis
