"""CompiledMetrics: the metrics given to `compile`, matched to the outputs of a model."""

from __future__ import annotations

from typing import Any

from multikeras.errors import ArgumentError, StateError
from multikeras.graph.operation import flatten
from multikeras.metrics import (
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    MeanMetricWrapper,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    get,
)
from multikeras.metrics.metric import Metric
from multikeras.state.variable import Variable
from multikeras.training.compiled_loss import crossentropy_kind, match_targets, spread
from multikeras.training.matching import by_output, without_values

_ACCURACIES = {"binary": BinaryAccuracy, "sparse": SparseCategoricalAccuracy, "categorical": CategoricalAccuracy}
_CROSSENTROPIES = {
    "binary": BinaryCrossentropy,
    "sparse": SparseCategoricalCrossentropy,
    "categorical": CategoricalCrossentropy,
}


def as_metric(identifier: Any, y_true: Any, y_pred: Any) -> Metric:
    """A `Metric` for an identifier; "accuracy" and "crossentropy" are those that fit the shapes."""
    name = str(identifier).lower() if isinstance(identifier, str) else None
    if name in ("accuracy", "acc"):
        return _ACCURACIES[crossentropy_kind(y_true, y_pred)](name=identifier)
    if name in ("crossentropy", "ce"):
        return _CROSSENTROPIES[crossentropy_kind(y_true, y_pred)](name=identifier)
    metric = get(identifier)
    if isinstance(metric, Metric):
        if isinstance(identifier, str):
            # Keras reports a metric under the name that it was asked for by.
            metric.name = identifier
        return metric
    return MeanMetricWrapper(metric, name=identifier if isinstance(identifier, str) else None)


class CompiledMetrics(Metric):
    """The metrics of all outputs.

    Args:
        metrics: Metrics for each output, or for the only one; `None` for none.
        weighted_metrics: Likewise; sample weights count in them.
        output_names: The names of a graph's outputs.

    Raises:
        ArgumentError: A metric is unknown, or the structures do not match.
    """

    def __init__(self, metrics: Any, weighted_metrics: Any, output_names: list[str] | None = None) -> None:
        super().__init__(name="compile_metrics")
        for given in (metrics, weighted_metrics):
            if given is not None and not isinstance(given, (list, tuple, dict)):
                raise ArgumentError("`metrics` is a list or a dict.", received=repr(given), hint="metrics=['accuracy']")
        self._plain = metrics
        self._weighted = weighted_metrics
        self.output_names = output_names
        self.rows: list[list[Metric]] = []
        self.weighted_rows: list[list[Metric]] = []
        self.built_for: Any = None
        self.built = False

    @property
    def metrics(self) -> list[Metric]:
        """Every metric, flat."""
        return [m for row in (*self.rows, *self.weighted_rows) for m in row]

    @property
    def variables(self) -> list[Variable]:
        """The variables of every metric."""
        return [v for m in self.metrics for v in m.variables]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Make the metrics, given symbolic or real targets and predictions."""
        if self.built:
            return
        predictions, names, _ = by_output(y_pred, self.output_names)
        targets = match_targets(y_true, y_pred, names)
        self.rows = self._make(self._plain, targets, predictions, y_pred, names, "metrics")
        self.weighted_rows = self._make(self._weighted, targets, predictions, y_pred, names, "weighted_metrics")
        self._names = names
        self.built_for = without_values(y_true), without_values(y_pred)
        self.built = True

    def _make(
        self, given: Any, targets: list[Any], predictions: list[Any], y_pred: Any, names: list[str], what: str
    ) -> list[list[Metric]]:
        if given is None:
            return [[] for _ in predictions]
        if isinstance(given, dict):
            wanted = spread(given, y_pred, names, what, shared=False)
        elif len(predictions) == 1:
            wanted = [flatten(given)]
        elif len(given) == len(predictions):
            wanted = list(given)
        else:
            raise ArgumentError(
                f"`{what}` has an entry for each output.",
                received=f"{len(given)} for {len(predictions)} outputs",
                hint=f"{what}={{{names[0]!r}: ['accuracy']}}",
            )
        rows = []
        for entries, target, prediction in zip(wanted, targets, predictions, strict=True):
            row = entries if isinstance(entries, (list, tuple)) else [entries]
            rows.append([as_metric(e, target, prediction) for e in row if e is not None])
        return rows

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in."""
        self.build(y_true, y_pred)
        predictions, names, _ = by_output(y_pred, self.output_names)
        targets = match_targets(y_true, y_pred, names)
        weights = spread(sample_weight, y_pred, names, "sample_weight", shared=True)
        for target, prediction, row, weighted_row, weight in zip(
            targets, predictions, self.rows, self.weighted_rows, weights, strict=True
        ):
            if target is None:
                continue
            for metric in row:
                metric.update_state(target, prediction)
            for metric in weighted_row:
                metric.update_state(target, prediction, sample_weight=weight)

    def result(self) -> dict[str, Any]:
        """The results by name; those of several outputs have their output's name in front.

        Raises:
            StateError: Nothing was taken in yet.
        """
        if not self.built:
            raise StateError("Metrics have results once a batch was taken in.")
        several = len(self.rows) > 1
        results: dict[str, Any] = {}
        for rows, prefix in ((self.rows, ""), (self.weighted_rows, "weighted_")):
            for row, name in zip(rows, self._names, strict=True):
                for metric in row:
                    key = f"{name}_{metric.name}" if several else metric.name
                    if key in results:
                        key = (
                            f"{prefix}{key}" if prefix and f"{prefix}{key}" not in results else _next_name(key, results)
                        )
                    value = metric.result()
                    if isinstance(value, dict):
                        results.update({f"{name}_{k}" if several else k: v for k, v in value.items()})
                    else:
                        results[key] = value
        return results

    def reset_state(self) -> None:
        """Start every metric afresh."""
        for metric in self.metrics:
            metric.reset_state()


def _next_name(key: str, taken: dict[str, Any]) -> str:
    number = 1
    while f"{key}_{number}" in taken:
        number += 1
    return f"{key}_{number}"
