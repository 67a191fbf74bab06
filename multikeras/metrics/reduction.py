"""Sums and means over batches."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras.losses.loss import same_rank
from multikeras.metrics.metric import Metric
from multikeras.state.masks import get_mask


def weighted(values: Any, sample_weight: Any, dtype: str) -> tuple[Any, Any]:
    """Values times weights, and the weights; values have the axes reduced that they have not in common with these."""
    mask = get_mask(values) if not isinstance(values, (int, float, list)) else None
    values = ops.cast(ops.convert_to_tensor(values), dtype)
    if mask is not None:
        mask = ops.cast(mask, dtype)
        if sample_weight is None:
            sample_weight = mask
        else:
            mask, sample_weight = same_rank(mask, ops.cast(ops.convert_to_tensor(sample_weight), dtype))
            sample_weight = ops.multiply(sample_weight, mask)
    if sample_weight is None:
        return values, None
    if type(sample_weight) is int or type(sample_weight) is float:
        # One weight for a whole tensor is that of its mean.
        values = ops.mean(values) if len(values.shape) > 0 else values
        return ops.multiply(values, sample_weight), sample_weight
    weight = ops.cast(ops.convert_to_tensor(sample_weight), dtype)
    values, weight = same_rank(values, weight)
    extra = len(values.shape) - len(weight.shape)
    if extra > 0:
        # Weights of fewer axes hold for whole slices.
        values = ops.mean(values, axis=tuple(range(len(weight.shape), len(values.shape))))
    return ops.multiply(values, weight), weight


def _total(values: Any) -> Any:
    return ops.sum(values) if len(values.shape) > 0 else values


class Sum(Metric):
    """The sum of all values, times their weights.

    Args:
        name: Its name.
        dtype: See `Metric`.

    ```python
    >>> float(Sum()([1.0, 3.0]))
    4.0

    ```
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take values in."""
        values, _ = weighted(values, sample_weight, self._dtype)
        self.total._increase(_total(values))

    def result(self) -> Any:
        """The sum."""
        return self.total.value


class Mean(Metric):
    """The mean of all values, weighted: `sum(w v) / sum(w)`; 0 before the first.

    Args:
        name: Its name.
        dtype: See `Metric`.

    ```python
    >>> float(Mean()([1.0, 3.0], sample_weight=[3, 1]))
    1.5

    ```
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take values in."""
        values, weight = weighted(values, sample_weight, self._dtype)
        if weight is None:
            count = 1
            for size in ops.shape(values):
                count = count * size if type(size) is int else ops.multiply(ops.cast(size, self._dtype), count)
        elif type(weight) is int or type(weight) is float:
            count = weight
        else:
            count = ops.sum(weight if weight.shape == values.shape else ops.broadcast_to(weight, ops.shape(values)))
        self.total._increase(_total(values))
        self.count._increase(count)

    def result(self) -> Any:
        """The mean."""
        return ops.divide_no_nan(self.total.value, self.count.value)


class MeanMetricWrapper(Mean):
    """The mean of a function of targets and predictions.

    Args:
        fn: A function of `(y_true, y_pred)` that returns a value for each sample.
        name: Its name.
        dtype: See `Metric`.
        kwargs: Further arguments of the function.

    ```python
    >>> gap = MeanMetricWrapper(lambda y_true, y_pred: ops.absolute(y_true - y_pred))
    >>> float(gap(ops.array([1.0, 2.0]), ops.array([1.0, 4.0])))
    1.0

    ```
    """

    def __init__(self, fn: Any, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=getattr(fn, "__name__", None) if name is None else name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in; a mask of the predictions counts as a weight."""
        mask = get_mask(y_pred)
        y_true, y_pred = (_float(x, self._dtype) for x in (y_true, y_pred))
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        if mask is not None:
            mask = ops.cast(mask, self._dtype)
            if sample_weight is None:
                sample_weight = mask
            else:
                mask, sample_weight = same_rank(mask, ops.cast(ops.convert_to_tensor(sample_weight), self._dtype))
                sample_weight = ops.multiply(sample_weight, mask)
        super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal metric."""
        config = {**super().get_config(), **self._fn_kwargs}
        if type(self) is MeanMetricWrapper:
            from multikeras.saving.serialization import serialize_keras_object

            config["fn"] = serialize_keras_object(self._fn)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The metric of a `get_config`."""
        if isinstance(config.get("fn"), dict):
            from multikeras.saving.serialization import deserialize_keras_object

            config = {**config, "fn": deserialize_keras_object(config["fn"])}
        return cls(**config)


def _float(x: Any, dtype: str) -> Any:
    x = ops.convert_to_tensor(x)
    name = ops.dtype(x)
    return ops.cast(x, dtype) if lattice.is_float(name) and name != dtype else x
