"""LBFGS: steps by the curvature that the last gradients show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError, StateError
from multikeras.optimizers.base.rows import Rows
from multikeras.optimizers.curvature import bent, dot, pushed
from multikeras.optimizers.flat_row import FlatRow
from multikeras.optimizers.line_search import backtracking, strong_wolfe
from multikeras.optimizers.optimizer import Optimizer
from multikeras.state.variable import Variable

_SEARCHES = {"backtracking": backtracking, "strong_wolfe": strong_wolfe, None: None}
# Pairs of steps and changes of less curvature than this, in units of the change's square, say nothing.
_LEAST_CURVATURE = 1e-10


class LBFGS(Optimizer):
    """`w <- w - t H g`, where `H` is an inverse of the second derivatives, as the last steps and gradients show it.

    For losses that are smooth and are evaluated on all data at once: `fit` with one batch an epoch, or `minimize`. The
    distance `t` is found by a line search, which evaluates the loss, and the host waits for it; without one it is the
    learning rate, and steps are compiled and applied as those of other optimizers. What the loss assigns on the way,
    such as statistics of batches, it assigns at each evaluation.

    Args:
        learning_rate: The distance, or the one that a line search tries first; the first step of all is shorter.
        history_size: How many steps are remembered.
        line_search: `"strong_wolfe"`, `"backtracking"`, or `None`.
        max_evaluations: How many distances a line search tries at most.
        steps_per_call: How many steps a call of `minimize`, or a batch of `fit`, makes with a line search. Each after
            the first begins with the evaluation that the one before has ended with.
        sufficient_decrease: The share of the fall that the slope promises which a line search is content with.
        curvature: The share of the slope that may be left after a strong Wolfe search.
        use_ema: See `Optimizer`.
        ema_momentum: See `Optimizer`.
        ema_overwrite_frequency: See `Optimizer`.
        name: Its name, made up by default.

    Raises:
        ArgumentError: An argument is out of its range, or is none of this optimizer's.

    Source: Liu, Nocedal (1989), "On the limited memory BFGS method for large scale optimization", Mathematical
    programming 45, algorithm 2.1; Nocedal (1980) for the two loops; line searches: see `line_search`.

    ```python
    >>> import multikeras as keras
    >>> w = keras.Variable([-1.0, 2.0])
    >>> optimizer = LBFGS(steps_per_call=50)
    >>> _ = optimizer.minimize(lambda: (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2, [w])
    >>> w.numpy().round(3).tolist()
    [1.0, 1.0]

    ```
    """

    def __init__(
        self,
        learning_rate: Any = 1.0,
        history_size: int = 10,
        line_search: str | None = "strong_wolfe",
        max_evaluations: int = 25,
        steps_per_call: int = 1,
        sufficient_decrease: float = 1e-4,
        curvature: float = 0.9,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate=learning_rate,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            name=name,
            **kwargs,
        )
        given = [label for label, value in kwargs.items() if value is not None]
        if given:
            raise ArgumentError("Steps by curvature leave gradients as they are.", received=", ".join(given))
        if line_search not in _SEARCHES:
            raise ArgumentError("`line_search` is 'strong_wolfe', 'backtracking' or None.", received=repr(line_search))
        for label, count in (
            ("history_size", history_size),
            ("max_evaluations", max_evaluations),
            ("steps_per_call", steps_per_call),
        ):
            if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                raise ArgumentError(f"`{label}` is an integer from 1 on.", received=f"{label}={count!r}")
        if not 0 < sufficient_decrease < curvature < 1:
            raise ArgumentError(
                "`sufficient_decrease` lies between 0 and `curvature`, that below 1.",
                received=f"sufficient_decrease={sufficient_decrease}, curvature={curvature}",
            )
        self.history_size = history_size
        self.line_search = line_search
        self.max_evaluations = max_evaluations
        self.steps_per_call = steps_per_call
        self.sufficient_decrease = sufficient_decrease
        self.curvature = curvature

    @property
    def searches(self) -> bool:
        """Whether a step evaluates the loss several times: see `search`."""
        return self.line_search is not None

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the memory of steps and gradients; it holds all variables in one row."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._flat = FlatRow([v for v in variables if not v.overwrite_with_gradient])
        size, dtype = self._flat.size, self._flat.dtype
        self._steps = self.add_variable((self.history_size, size), dtype=dtype, name="steps")
        self._changes = self.add_variable((self.history_size, size), dtype=dtype, name="changes")
        self._last_weights = self.add_variable((size,), dtype=dtype, name="last_weights")
        self._last_gradient = self.add_variable((size,), dtype=dtype, name="last_gradient")

    def _apply_where(self, due: Any, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        if self.searches:
            raise StateError(
                "A line search evaluates the loss, of which a gradient is not enough.",
                hint="optimizer.minimize(loss, variables), or LBFGS(line_search=None)",
            )
        super()._apply_where(due, grads, trainable_variables)

    def _step(self, grads: list[Any], rows: Rows, due: Any) -> None:
        weights, gradient = self._flat.read(), self._flat.gradient(rows.variables, grads)
        direction = self._direction(weights, gradient, due)
        rate = ops.cast(self.learning_rate, self._steps._dtype)
        self._flat.assign(ops.add(weights, ops.multiply(direction, rate)), due)

    def minimize(self, loss: Callable[[], Any], variables: Sequence[Variable], has_aux: bool = False) -> Any:
        """One step towards the least value of a function; see `Optimizer.minimize`."""
        if not self.searches:
            return super().minimize(loss, variables, has_aux)
        from multikeras.training.gradients import value_and_grad

        variables = list(variables)

        def evaluate() -> tuple[tuple[Any, Any], list[Any]]:
            return value_and_grad(lambda: loss() if has_aux else (loss(), None), variables, has_aux=True)

        value, aux = self.search(evaluate, variables)
        return (value, aux) if has_aux else value

    def search(self, evaluate: Callable[[], tuple[tuple[Any, Any], list[Any]]], variables: Sequence[Variable]) -> Any:
        """One step by a line search.

        Args:
            evaluate: Computes `((loss, anything else), gradients)` at the variables' present values.
            variables: The variables.

        Returns:
            `(loss, anything else)` from before the step.
        """
        first, grads = evaluate()
        loss = first[0]
        grads, rows = self._plan(list(grads), list(variables))
        with on_backend(self._backend):
            for _ in range(self.steps_per_call):
                weights, gradient = self._flat.read(), self._gradient(grads, rows)
                direction = self._direction(weights, gradient, None)
                start = _numbers(loss, gradient, direction)
                found, distance = self._searched(evaluate, rows, weights, direction, start)
                if self.use_ema:
                    self._average(None)
                self._count_step(None)
                if found is None or distance == 0:
                    break
                # The search has ended where the next step begins.
                loss, grads = found
        return first

    def _searched(
        self, evaluate: Callable, rows: Rows, weights: Any, direction: Any, start: tuple[float, float]
    ) -> tuple[tuple[Any, list[Any]] | None, float]:
        """Move along a direction; the loss and gradients there, where they were evaluated last, and the distance."""
        value, slope = start
        tried: list[tuple[float, Any, list[Any]]] = []

        def at(distance: float) -> tuple[float, float]:
            self._flat.assign(ops.add(weights, ops.multiply(direction, distance)))
            (loss, _), gradients = evaluate()
            tried[:] = [(distance, loss, list(gradients))]
            return _numbers(loss, self._gradient(list(gradients), rows), direction)

        distance = 0.0
        rule = _SEARCHES[self.line_search]
        if rule is not None and math.isfinite(value) and slope < 0:
            rate = float(ops.convert_to_numpy(self.learning_rate))
            distance = rule(at, value, slope, rate, self.sufficient_decrease, self.curvature, self.max_evaluations)
        if tried and tried[0][0] == distance:
            return (tried[0][1], tried[0][2]), distance
        # A direction that leads nowhere may not be a number.
        self._flat.assign(ops.add(weights, ops.multiply(direction, distance)) if distance else weights)
        if distance == 0 or self.steps_per_call == 1:
            return None, distance
        (loss, _), gradients = evaluate()
        return (loss, list(gradients)), distance

    def _gradient(self, grads: list[Any], rows: Rows) -> Any:
        return self._flat.gradient(rows.variables, [grads[i] for i in rows.moved])

    def _direction(self, weights: Any, gradient: Any, due: Any) -> Any:
        """Where to go; what was learned since the last step is remembered."""
        step = ops.subtract(weights, self._last_weights.value)
        change = ops.subtract(gradient, self._last_gradient.value)
        curved = ops.greater(dot(step, change), ops.multiply(dot(change, change), _LEAST_CURVATURE))
        learned = ops.logical_and(curved, ops.greater(self._iterations.value, 0))
        steps = ops.where(learned, pushed(self._steps.value, step), self._steps.value)
        changes = ops.where(learned, pushed(self._changes.value, change), self._changes.value)
        direction = ops.negative(bent(gradient, steps, changes))
        for variable, value in (
            (self._steps, steps),
            (self._changes, changes),
            (self._last_weights, weights),
            (self._last_gradient, gradient),
        ):
            variable.assign(value if due is None else ops.where(due, value, variable.value))
        return direction

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        config = super().get_config()
        for name in ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm"):
            del config[name]
        for name in ("loss_scale_factor", "gradient_accumulation_steps"):
            del config[name]
        return {
            **config,
            "history_size": self.history_size,
            "line_search": self.line_search,
            "max_evaluations": self.max_evaluations,
            "steps_per_call": self.steps_per_call,
            "sufficient_decrease": self.sufficient_decrease,
            "curvature": self.curvature,
        }


def _numbers(value: Any, gradient: Any, direction: Any) -> tuple[float, float]:
    """A value and a slope for the host, which waits once."""
    slope = dot(gradient, direction)
    both = np.asarray(ops.convert_to_numpy(ops.stack([ops.cast(value, ops.dtype(slope)), slope])), "float64")
    return float(both[0]), float(both[1])
