"""Steps: what a model does with a batch."""

from __future__ import annotations

from typing import Any

from multikeras.graph.operation import flatten
from multikeras.training import loop
from multikeras.training.base.measures import Measures
from multikeras.training.gradients import value_and_grad
from multikeras.training.search_step import search
from multikeras.training.unpack import unpack_x_y_sample_weight


class Steps(Measures):
    """One step of training, of evaluation and of prediction, and what there must be before it."""

    def train_step(self, data: Any) -> dict[str, Any] | None:
        """One step of training on a batch. Subclasses may replace it, with one source for every backend:

        ```python
        def train_step(self, data):
            x, y = data
            loss, gradients = keras.value_and_grad(lambda: self.loss_of(x, y), self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
            return {"loss": loss}
        ```

        Args:
            data: A batch: `x`, `(x, y)` or `(x, y, sample_weight)`.

        Returns:
            Scalars by name for the logs.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        variables = self.trainable_variables
        scale = getattr(self.optimizer, "scale_loss", None)

        def loss_and_outputs() -> tuple[Any, Any]:
            loss, y_pred = self._forward_and_loss(x, y, sample_weight, True)
            return (loss if scale is None else scale(loss)), (loss, y_pred)

        if variables and getattr(self.optimizer, "searches", False):
            loss, y_pred = search(self, x, y, sample_weight)
        elif variables:
            (_, (loss, y_pred)), gradients = value_and_grad(loss_and_outputs, variables, has_aux=True)
            self.optimizer.apply(gradients, variables)
        else:
            loss, y_pred = self._forward_and_loss(x, y, sample_weight, True)
        return self._logs(x, y, y_pred, sample_weight, loss)

    def test_step(self, data: Any) -> dict[str, Any] | None:
        """One step of evaluation on a batch. Subclasses may replace it."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._forward(x, False)
        loss = None
        if self._compiled_loss is not None or self._own_losses():
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False)
        return self._logs(x, y, y_pred, sample_weight, loss)

    def _logs(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, loss: Any) -> dict[str, Any] | None:
        if loss is not None:
            self._loss_tracker.update_state(loss, sample_weight=_batch_size(x))
        if type(self).compute_metrics is not Measures.compute_metrics:
            return self.compute_metrics(x, y, y_pred, sample_weight)
        self._update_metrics(y, y_pred, sample_weight)
        # The loop asks for the results when somebody looks at them, not at every step.
        return None

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch. Subclasses may replace it."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self._forward(x, False)

    def make_train_function(self, force: bool = False) -> Any:
        """The function that runs a training step on a batch; made anew under `force`."""
        return loop.step_function(self, "train", force)

    def make_test_function(self, force: bool = False) -> Any:
        """The function that runs an evaluation step on a batch; made anew under `force`."""
        return loop.step_function(self, "test", force)

    def make_predict_function(self, force: bool = False) -> Any:
        """The function that runs a prediction step on a batch; made anew under `force`."""
        return loop.step_function(self, "predict", force)

    # -- Before the first step --------------------------------------------------------------------------------

    def _symbolic_build(self, data: Any) -> None:
        """Make every variable, given a batch: by running the model on symbolic tensors, or else on the batch itself."""
        if not self.built and self._needs_no_build():
            # Its step may call the layers on anything, or `call` not at all.
            self.built = True
        if not self.built:
            x, _, _ = unpack_x_y_sample_weight(data)
            loop.build_from_batch(self, x)
        self._build_metrics(data)
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _has_own_step(self, kind: str = "train") -> bool:
        """Whether a subclass defines a step: what is read and trained there, and by which optimizer, is its affair.

        Args:
            kind: `"train"`, `"test"` or `"predict"`.
        """
        name = f"{kind}_step"
        return getattr(type(self), name) is not getattr(Steps, name)

    def _needs_no_build(self) -> bool:
        """Whether it has a step of its own, and nothing that is not built yet."""
        layers = self._flatten_layers(include_self=False)  # type: ignore[attr-defined]
        return self._has_own_step() and self._builds_by_call() and bool(layers) and all(layer.built for layer in layers)

    def _build_metrics(self, data: Any) -> None:
        """Make the variables of losses and metrics before a step is traced."""
        x, y, _ = unpack_x_y_sample_weight(data)
        waiting = [c for c in (self._compiled_loss, self._compiled_metrics) if c is not None]
        if y is None or all(getattr(c, "built", False) or getattr(c, "_rows", None) for c in waiting):
            return
        y_pred = loop.symbolic_outputs(self, x)
        if y_pred is not None:
            for c in waiting:
                c.build(y, y_pred)

    def _step_variables(self, kind: str) -> list[Any]:
        """The variables that a step is known to read."""
        found = [*self.variables, *self.metrics_variables]
        if kind == "train" and self.optimizer is not None:
            found += self.optimizer.variables
        return found


def _batch_size(x: Any) -> Any:
    from multikeras import ops

    for leaf in flatten(x):
        sizes = getattr(leaf, "shape", ())
        if len(sizes) > 0:
            return sizes[0] if type(sizes[0]) is int else ops.shape(leaf)[0]
    return 1
