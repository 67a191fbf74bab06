"""CompiledLoss: the losses given to `compile`, matched to the outputs of a model."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras.graph.operation import flatten
from multikeras.losses import get
from multikeras.losses.loss import Loss, LossFunctionWrapper
from multikeras.training.matching import by_output, without_values

AMBIGUOUS = ("crossentropy", "ce")


def crossentropy_kind(y_true: Any, y_pred: Any) -> str:
    """Which cross-entropy fits a pair of targets and predictions: "binary", "sparse" or "categorical"."""
    if y_pred.shape[-1] == 1:
        return "binary"
    true = tuple(y_true.shape)
    if len(true) < len(y_pred.shape) or true[-1] == 1:
        return "sparse"
    return "categorical"


def as_loss(identifier: Any, y_true: Any, y_pred: Any) -> Any:
    """A `Loss` for an identifier; "crossentropy" is the one that fits the shapes."""
    if identifier is None:
        return None
    if isinstance(identifier, str) and identifier in AMBIGUOUS:
        identifier = f"{crossentropy_kind(y_true, y_pred)}_crossentropy".replace("sparse_", "sparse_categorical_")
    loss = get(identifier)
    if isinstance(loss, Loss):
        return loss
    return LossFunctionWrapper(loss, name=getattr(loss, "__name__", None))


class CompiledLoss:
    """The weighted sum of one loss for each output.

    Args:
        loss: A loss, or losses nested like the outputs; `None` in it for outputs without.
        loss_weights: Numbers, nested alike.
        output_names: The names of a graph's outputs.

    Raises:
        ArgumentError: A loss is unknown, or the structures do not match.
    """

    def __init__(self, loss: Any, loss_weights: Any = None, output_names: list[str] | None = None) -> None:
        self.loss = loss
        self.loss_weights = loss_weights
        self.output_names = output_names
        self._rows: list[tuple[Any, Any, Any]] | None = None
        self.metrics: list[Any] = []
        self.built_for: Any = None
        for leaf in flatten(loss):
            if leaf is not None and not (isinstance(leaf, str) and leaf in AMBIGUOUS):
                get(leaf)
        for weight in flatten(loss_weights):
            if weight is not None and (isinstance(weight, bool) or not isinstance(weight, (int, float))):
                raise ArgumentError("`loss_weights` are numbers.", received=repr(weight))

    def _build(self, y_true: Any, y_pred: Any) -> list[tuple[Any, Any, Any]]:
        """For each output its loss, its weight and its tracker."""
        from multikeras.metrics import Mean

        predictions, names, _ = by_output(y_pred, self.output_names)
        targets = match_targets(y_true, y_pred, names)
        losses = spread(self.loss, y_pred, names, "loss", shared=True)
        weights = spread(self.loss_weights, y_pred, names, "loss_weights", shared=False)
        rows = []
        for target, prediction, identifier, weight, name in zip(
            targets, predictions, losses, weights, names, strict=True
        ):
            loss = as_loss(identifier, target, prediction) if identifier is not None else None
            tracker = Mean(name=f"{name}_loss") if len(predictions) > 1 and loss is not None else None
            rows.append((loss, weight, tracker))
        if all(loss is None for loss, _, _ in rows):
            raise ArgumentError("At least one output has a loss.", received="None for every output")
        self.metrics = [tracker for _, _, tracker in rows if tracker is not None]
        return rows

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Make the losses and their trackers, given symbolic or real targets and predictions."""
        if self._rows is None:
            self._rows = self._build(y_true, y_pred)
            self.built_for = without_values(y_true), without_values(y_pred)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The total.

        Raises:
            StructureError: Targets or weights do not match the outputs.
            ShapeError: A target does not fit its prediction.
        """
        self.build(y_true, y_pred)
        assert self._rows is not None
        predictions, names, _ = by_output(y_pred, self.output_names)
        targets = match_targets(y_true, y_pred, names)
        sample_weights = spread(sample_weight, y_pred, names, "sample_weight", shared=True)
        total = None
        for (loss, weight, tracker), target, prediction, weights in zip(
            self._rows, targets, predictions, sample_weights, strict=True
        ):
            if loss is None or target is None:
                continue
            _check_batch(target, prediction)
            value = loss(target, prediction, weights)
            if tracker is not None:
                tracker.update_state(value, sample_weight=ops.shape(prediction)[0])
            if weight is not None:
                value = ops.multiply(value, weight)
            if len(value.shape) > 0:
                value = ops.mean(value)
            total = value if total is None else ops.add(total, value)
        if total is None:
            raise StructureError("Outputs with a loss have targets.", received="y=None", hint="fit(x, y)")
        return total


def _check_batch(target: Any, prediction: Any) -> None:
    a = target.shape[0] if len(target.shape) else None
    b = prediction.shape[0] if len(prediction.shape) else None
    if isinstance(a, int) and isinstance(b, int) and a != b:
        raise ShapeError(
            "Targets and predictions have one batch size.",
            received=f"{tuple(target.shape)} and {tuple(prediction.shape)}",
        )


def match_targets(y_true: Any, y_pred: Any, names: list[str]) -> list[Any]:
    """The target of each output, flat.

    Raises:
        StructureError: They do not match.
    """
    predictions = flatten(y_pred)
    if isinstance(y_true, dict):
        keys = list(y_pred) if isinstance(y_pred, dict) else names
        missing = [k for k in keys if k not in y_true]
        if missing and len(missing) == len(keys):
            raise StructureError(
                f"Targets in a dict have the keys {', '.join(map(repr, keys))}.",
                received=f"the keys {', '.join(map(repr, y_true))}",
            )
        return [y_true.get(k) for k in keys]
    targets = flatten(y_true)
    if len(predictions) == 1 and len(targets) > 1 and not any(hasattr(t, "shape") for t in targets):
        return [ops.convert_to_tensor(y_true)]
    if len(targets) != len(predictions):
        raise StructureError(
            "There is a target for each output.", received=f"{len(targets)} targets, {len(predictions)} outputs"
        )
    return targets


def spread(value: Any, y_pred: Any, names: list[str], what: str, shared: bool) -> list[Any]:
    """An argument of `compile` or `fit` for each output, flat.

    Args:
        value: One for all outputs, or nested like them: a list, or a dict by key or name.
        y_pred: The outputs.
        names: The outputs' names.
        what: What the argument is called, for messages.
        shared: Whether one value stands for all outputs.
    """
    count = len(flatten(y_pred))
    if value is None:
        return [None] * count
    if isinstance(value, dict):
        keys = list(y_pred) if isinstance(y_pred, dict) and any(k in y_pred for k in value) else names
        unknown = [k for k in value if k not in keys]
        if unknown:
            raise ArgumentError(
                f"`{what}` names outputs of the model.",
                received=f"{unknown[0]!r}",
                hint=f"one of {', '.join(map(repr, keys))}",
            )
        return [value.get(k) for k in keys]
    if isinstance(value, (list, tuple)):
        if len(value) == count:
            return list(value)
        raise ArgumentError(f"`{what}` has an entry for each output.", received=f"{len(value)} for {count} outputs")
    return [value] * count if shared or count == 1 else _refuse(what, count)


def _refuse(what: str, count: int) -> list[Any]:
    raise ArgumentError(f"`{what}` has an entry for each output.", received=f"one for {count} outputs")
