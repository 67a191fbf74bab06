"""Loss: a scalar that says how far predictions are from targets."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.backend.contract import Backend
from multikeras.backend.select import on_backend, selection
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, MixedBackendsError, NotSupportedError
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops._owners import owner_of
from multikeras.state.masks import get_mask
from multikeras.state.names import auto_name
from multikeras.state.variable import Variable

REDUCTIONS = (None, "none", "sum", "mean", "sum_over_batch_size", "mean_with_sample_weight")


class Loss:
    """The base of all losses. A subclass defines `call`, which returns a value for each sample.

    Args:
        name: Its name, made up by default.
        reduction: `"sum_over_batch_size"` or `"mean"`: the mean of values times weights; `"mean_with_sample_weight"`:
            divided by the sum of weights; `"sum"`; `"none"`: the values themselves.
        dtype: The dtype to compute in, floatx by default.

    Raises:
        ArgumentError: There is no such reduction.

    ```python
    >>> class Gap(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ops.absolute(y_true - y_pred)
    >>> float(Gap()([1.0, 2.0], [1.0, 4.0]))
    1.0

    ```
    """

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ArgumentError(
                f"`reduction` is one of {', '.join(map(repr, REDUCTIONS))}.", received=f"reduction={reduction!r}"
            )
        self.name = auto_name(type(self).__name__) if name is None else name
        self.reduction = reduction
        self._dtype = None if dtype is None else getattr(dtype, "compute_dtype", None) or lattice.standardize(dtype)

    @property
    def dtype(self) -> str:
        """The dtype that it computes in."""
        return self._dtype or lattice.standardize(None)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss.

        Args:
            y_true: Targets.
            y_pred: Predictions, whose mask counts as a weight.
            sample_weight: A weight for each value, or one that broadcasts.
        """
        owner = _owner(y_pred, y_true, sample_weight)
        if owner is not None and owner is not selection.backend:
            # Tensors stay on their backend, whichever is current, and keep their gradients.
            with on_backend(owner):
                return self(y_true, y_pred, sample_weight)
        masks = [get_mask(x) for x in flatten(y_pred)]
        mask = masks[0] if len(masks) == 1 else None
        dtype = self.dtype
        # Integers stay: they may be class numbers.
        y_pred = _tensors(y_pred, dtype)
        y_true = _tensors(y_true, dtype)
        values = self.call(y_true, y_pred)
        found = get_mask(values)
        if found is not None:
            mask = found if mask is None else ops.logical_and(mask, found)
        weight = None if sample_weight is None else ops.cast(ops.convert_to_tensor(sample_weight), dtype)
        if mask is not None:
            weight = apply_mask(weight, mask, dtype, self.reduction)
        return reduce_weighted(values, weight, self.reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """A value for each sample."""
        raise NotSupportedError(f"{type(self).__name__} defines `call`.", hint="def call(self, y_true, y_pred): ...")

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal loss."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The loss of a `get_config`."""
        return cls(**config)


def _owner(*trees: Any) -> Backend | None:
    """The backend that nested tensors belong to; `None` for data and symbolic tensors."""
    owner: Backend | None = None
    for tree in trees:
        if tree is None:
            continue
        for leaf in flatten(tree):
            found = leaf._backend if isinstance(leaf, Variable) else owner_of(type(leaf))
            if found is None or found is owner:
                continue
            if owner is not None:
                raise MixedBackendsError(
                    "The tensors of one loss belong to one backend.",
                    received=f"tensors of {owner.name} and of {found.name}",
                    hint="multikeras.ops.convert_to_numpy(x) on one of them",
                )
            owner = found
    return owner


def _tensors(x: Any, dtype: str) -> Any:
    if isinstance(x, (list, tuple)) and all(isinstance(leaf, (int, float)) for leaf in flatten(x)):
        # Nested numbers are one tensor, not many.
        return _tensor(x, dtype)
    return map_structure(lambda leaf: _tensor(leaf, dtype), x)


def _tensor(x: Any, dtype: str) -> Any:
    if x is None:
        return None
    tensor = ops.convert_to_tensor(x)
    name = ops.dtype(tensor)
    return ops.cast(tensor, dtype) if lattice.is_float(name) and name != dtype else tensor


def same_rank(x1: Any, x2: Any, expand_rank_1: bool = True) -> tuple[Any, Any]:
    """Two tensors with a last axis of size 1 added to, or taken off, one of them where the other has an axis less."""
    longer, shorter = len(x1.shape), len(x2.shape)
    if longer < shorter:
        x2, x1 = same_rank(x2, x1, expand_rank_1)
    elif longer == shorter + 1 and x1.shape[-1] == 1:
        if shorter == 1 and expand_rank_1:
            x2 = ops.expand_dims(x2, axis=-1)
        else:
            x1 = ops.squeeze(x1, axis=-1)
    return x1, x2


def apply_mask(weight: Any, mask: Any, dtype: str, reduction: str | None) -> Any:
    """Weights in which masked values have none; for means the others weigh more, so that only they are counted."""
    mask = ops.cast(mask, dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        total = 1
        for size in ops.shape(mask):
            total = ops.multiply(ops.cast(size, dtype), total)
        mask = ops.multiply(mask, ops.divide_no_nan(ops.cast(total, dtype), ops.sum(mask)))
    if weight is None:
        return mask
    mask, weight = same_rank(mask, weight)
    return ops.multiply(weight, mask)


def reduce_weighted(values: Any, weight: Any, reduction: str | None) -> Any:
    """Values times weights, reduced."""
    if weight is not None:
        values, weight = same_rank(values, weight)
        weight = ops.cast(weight, ops.dtype(values))
        values = ops.multiply(values, weight)
    if reduction in (None, "none") or len(values.shape) == 0:
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and weight is not None:
        return ops.divide_no_nan(ops.sum(values), ops.sum(ops.broadcast_to(weight, ops.shape(values))))
    return ops.mean(values)


class LossFunctionWrapper(Loss):
    """A loss made of a function of targets and predictions.

    Args:
        fn: The function.
        reduction: See `Loss`.
        name: See `Loss`.
        dtype: See `Loss`.
        kwargs: Further arguments of the function.
    """

    def __init__(
        self,
        fn: Any,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The function's values."""
        if hasattr(y_true, "shape") and hasattr(y_pred, "shape"):
            y_true, y_pred = same_rank(y_true, y_pred, expand_rank_1=False)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal loss."""
        config = super().get_config()
        if type(self) is LossFunctionWrapper:
            from multikeras.saving.serialization import serialize_keras_object

            config["fn"] = serialize_keras_object(self.fn)
        return {**config, **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The loss of a `get_config`."""
        if isinstance(config.get("fn"), dict):
            from multikeras.saving.serialization import deserialize_keras_object

            config = {**config, "fn": deserialize_keras_object(config["fn"])}
        return cls(**config)
