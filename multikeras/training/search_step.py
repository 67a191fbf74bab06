"""Steps of optimizers that evaluate the loss several times, as a line search does."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from multikeras.training.gradients import value_and_grad
from multikeras.training.step import CompiledStep

_KEPT = "evaluated_loss"


def search(model: Any, x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any]:
    """One step on a batch; the loss, and the outputs, from before it.

    The search itself runs on the host; what it asks for, the loss and its gradients, is compiled where steps are.
    """
    evaluated = model._step_functions.get(_KEPT)
    if evaluated is None:
        evaluated = model._step_functions[_KEPT] = _make(model)
    loss, outputs = model.optimizer.search(lambda: evaluated(x, y, sample_weight), model.trainable_variables)
    return loss, outputs


def forget(model: Any) -> None:
    """The variables that are trained have changed: the gradients are others."""
    model._step_functions.pop(_KEPT, None)


def _make(model: Any) -> Callable[..., Any]:
    # The model keeps this function, which does not keep the model alive.
    reference = weakref.ref(model)

    def evaluate(x: Any, y: Any, sample_weight: Any) -> Any:
        held = reference()
        assert held is not None
        return value_and_grad(
            lambda: held._forward_and_loss(x, y, sample_weight, True), held.trainable_variables, has_aux=True
        )

    compiles, whole = model._compiles()
    if not compiles:
        return evaluate
    return CompiledStep(evaluate, model._backend, model._step_variables("train"), whole=whole)
