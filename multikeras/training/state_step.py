"""Steps in the pure form that Keras has on JAX: `train_step(self, state, data)` returns `(logs, state)`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from multikeras.errors import StructureError


def takes_state(step: Callable) -> bool:
    """Whether a step is written in the pure form: two arguments, the first of which is called `state`."""
    names = [p.name for p in inspect.signature(step).parameters.values() if p.default is p.empty]
    return len(names) == 2 and names[0] == "state"


def with_state(model: Any, step: Callable, kind: str) -> Callable[[Any], Any]:
    """The step with its state read from the model's variables before, and stored in them after."""

    def groups() -> list[list[Any]]:
        found = [model.trainable_variables, model.non_trainable_variables]
        if kind == "train":
            found.append(model.optimizer.variables)
        if kind != "predict":
            found.append(model.metrics_variables)
        return found

    def run(data: Any) -> Any:
        variables = groups()
        state = tuple([v.value for v in group] for group in variables)
        result = step(state, data)
        if kind == "predict" and isinstance(result, tuple) and len(result) == 2:
            # Outputs and what is not trained, which alone may change.
            result = (result[0], (state[0], result[1]))
        if not isinstance(result, tuple) or len(result) != 2 or len(result[1]) != len(variables):
            raise StructureError(
                f"A {kind} step that takes a state returns a pair: logs, and the state after.",
                received=type(result).__name__,
                hint="return logs, state",
            )
        outputs, after = result
        for group, values in zip(variables, after, strict=True):
            for v, value in zip(group, values, strict=True):
                if value is not v.value:
                    v.assign(value)
        return outputs

    return run
