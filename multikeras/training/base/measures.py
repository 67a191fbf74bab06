"""Measures: the loss and the metrics of a model."""

from __future__ import annotations

from typing import Any

from multikeras.backend.select import on_backend
from multikeras.errors import StateError
from multikeras.training.base.compilation import Compilation


class Measures(Compilation):
    """How good the outputs are."""

    # -- Metrics ----------------------------------------------------------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """The loss tracker, the metrics given to `compile` and those of the layers."""
        found = [] if self._loss_tracker is None else [self._loss_tracker]
        found += super().metrics
        if self._compiled_metrics is not None:
            found.append(self._compiled_metrics)
        if self._compiled_loss is not None:
            found += self._compiled_loss.metrics
        return list({id(m): m for m in found}.values())

    @property
    def metrics_names(self) -> list[str]:
        """The names of the metrics."""
        return [m.name for m in self.metrics]

    def reset_metrics(self) -> None:
        """Start every metric afresh."""
        with on_backend(self._backend):
            for metric in self.metrics:
                metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """The results of all metrics by name, as scalar tensors."""
        results: dict[str, Any] = {}
        for metric in self.metrics:
            result = metric.result()
            if isinstance(result, dict):
                results.update(result)
            else:
                results[metric.name] = result
        return results

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Update the metrics with a batch, and return their results. Subclasses may replace it."""
        self._update_metrics(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _update_metrics(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        if self._compiled_metrics is not None and y is not None:
            self._compiled_metrics.update_state(y, y_pred, sample_weight)

    # -- Losses -----------------------------------------------------------------------------------------------

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The scalar that is minimized: the compiled loss and what layers and regularizers add. Subclasses may
        replace it.

        Args:
            x: The inputs of the batch.
            y: Its targets.
            y_pred: The outputs of the model.
            sample_weight: Weights of the samples.
            training: Whether it is a training step.

        Raises:
            StateError: There is neither a compiled loss nor an added one.
        """
        from multikeras import ops

        total = None
        if self._compiled_loss is not None:
            total = self._compiled_loss(y, y_pred, sample_weight)
        for loss in self._own_losses():
            term = ops.cast(loss, "float32") if ops.dtype(loss) != "float64" else loss
            total = term if total is None else ops.add(total, term)
        if total is None:
            raise StateError(
                f"The model {self.name!r} has nothing to minimize.",
                hint="compile(loss='mse'), or add_loss() in a layer",
            )
        return total

    def stateless_compute_loss(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        metrics_variables: Any,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """`compute_loss` as a pure function of the values of the variables."""
        from multikeras.state.scope import StatelessScope

        pairs = [
            *zip(self.trainable_variables, trainable_variables, strict=True),
            *zip(self.non_trainable_variables, non_trainable_variables, strict=True),
            *zip(self.metrics_variables, metrics_variables, strict=True),
        ]
        with on_backend(self._backend), StatelessScope(pairs) as scope:
            loss = self.compute_loss(x, y, y_pred, sample_weight, training)
        updated = [
            [scope.get_current_value(v) for v in vs] for vs in (self.non_trainable_variables, self.metrics_variables)
        ]
        return loss, (trainable_variables, *updated)

    def compute_loss_and_updates(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        metrics_variables: Any,
        x: Any,
        y: Any,
        sample_weight: Any,
        training: bool = False,
        optimizer_variables: Any = None,
    ) -> Any:
        """The loss of a batch as a pure function of the values of the variables, to be differentiated with respect to
        the first argument.

        Args:
            trainable_variables: Values for `trainable_variables`, in order.
            non_trainable_variables: Values for `non_trainable_variables`, in order.
            metrics_variables: Values for `metrics_variables`, in order.
            x: The inputs of the batch.
            y: Its targets.
            sample_weight: Weights of the samples.
            training: Whether it is a training step.
            optimizer_variables: Values for the optimizer's variables: with them the loss is scaled as it asks.

        Returns:
            `(loss, (unscaled loss, outputs, non_trainable_variables, metrics_variables))`, the values being those after
            the call.
        """
        from multikeras.state.scope import StatelessScope

        others, metrics = self.non_trainable_variables, self.metrics_variables
        pairs = [
            *zip(self.trainable_variables, trainable_variables, strict=True),
            *zip(others, non_trainable_variables, strict=True),
            *zip(metrics, metrics_variables, strict=True),
        ]
        optimizer = self.optimizer if optimizer_variables is not None and training else None
        if optimizer is not None:
            pairs += zip(optimizer.variables, optimizer_variables or (), strict=True)
        with on_backend(self._backend), StatelessScope(pairs) as scope:
            loss, y_pred = self._forward_and_loss(x, y, sample_weight, training)
            scaled = loss if optimizer is None else optimizer.scale_loss(loss)
            self._clear_losses()
        updated = [[scope.get_current_value(v) for v in variables] for variables in (others, metrics)]
        return scaled, (loss, y_pred, *updated)

    def _forward(self, x: Any, training: bool) -> Any:
        return self(x, training=training) if self._call_signature.takes_training else self(x)

    def _forward_and_loss(self, x: Any, y: Any, sample_weight: Any, training: bool) -> tuple[Any, Any]:
        y_pred = self._forward(x, training)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        return loss, y_pred
