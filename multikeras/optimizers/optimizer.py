"""Optimizer: turns gradients into new values of variables."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from multikeras import ops
from multikeras.backend.binding import ConstructorSignature, blank
from multikeras.backend.select import current, on_backend
from multikeras.errors import ArgumentError, ShapeError, StateError
from multikeras.optimizers.base.rows import Rows, plan
from multikeras.optimizers.base.saving import Saving
from multikeras.state.names import auto_name
from multikeras.state.scope import StatelessScope
from multikeras.state.variable import Variable


class Optimizer(Saving):
    """The base of all optimizers.

    An optimizer is a pair of pure functions: `prepare`, which computes what one step needs for all variables, and
    `update`, which maps a gradient, a value and its slots to a new value and new slots. `slot_groups` names the slots.
    A subclass may instead define `build` and `update_step`, which assigns variables itself.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: The share of each weight, times the learning rate, that is taken off at each step.
        clipnorm: The greatest L2 norm of each gradient.
        clipvalue: The greatest absolute value of each gradient's entries.
        global_clipnorm: The greatest L2 norm of all gradients together.
        use_ema: Whether averages of the weights are kept. After training they replace the weights.
        ema_momentum: The weight of the past in those averages.
        ema_overwrite_frequency: Every so many steps, too, the weights are replaced by their averages.
        loss_scale_factor: The loss is multiplied by it before, and the gradients divided by it after differentiation.
        gradient_accumulation_steps: Weights change every so many steps, by the mean gradient of these.
        name: Its name, made up by default.

    Raises:
        ArgumentError: An argument is out of its range, or more than one kind of clipping is asked for.
    """

    __signature__ = ConstructorSignature()

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return blank(cls, current().optimizer_base)

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("decay", None) is not None:
            warnings.warn("`decay` of an optimizer does nothing: use a learning-rate schedule.", stacklevel=3)
        if kwargs:
            raise ArgumentError(f"{type(self).__name__} has no such arguments.", received=", ".join(kwargs))
        given = [
            n for n, v in (("clipnorm", clipnorm), ("clipvalue", clipvalue), ("global_clipnorm", global_clipnorm)) if v
        ]
        if len(given) > 1:
            raise ArgumentError("Gradients are clipped in one way.", received=" and ".join(given))
        for label, value in (("clipnorm", clipnorm), ("clipvalue", clipvalue), ("global_clipnorm", global_clipnorm)):
            if value is not None and value <= 0:
                raise ArgumentError(f"`{label}` is above zero.", received=f"{label}={value}")
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ArgumentError("`ema_momentum` lies in [0, 1].", received=str(ema_momentum))
        for label, count in (
            ("ema_overwrite_frequency", ema_overwrite_frequency if use_ema else None),
            ("gradient_accumulation_steps", gradient_accumulation_steps),
        ):
            least = 2 if label.startswith("gradient") else 1
            if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < least):
                raise ArgumentError(f"`{label}` is an integer from {least} on.", received=f"{label}={count!r}")
        self._backend = current()
        self.name = auto_name(type(self).__name__) if name is None else name
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency if use_ema else None
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._start_state()
        self._start_weight_decay(weight_decay)
        self._start_learning_rate(learning_rate)

    def apply_gradients(self, grads_and_vars: Any) -> Variable:
        """`apply` for pairs of a gradient and a variable."""
        gradients, variables = zip(*grads_and_vars, strict=True)
        self.apply(list(gradients), list(variables))
        return self._iterations

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """Make one step.

        Args:
            grads: A gradient for each variable; `None` where there is none.
            trainable_variables: The variables; those that the optimizer was built for by default.

        Raises:
            StateError: No variables are known yet, or one is unknown.
            ArgumentError: There are more or fewer gradients than variables, or all are `None`.
        """
        self._apply_where(None, grads, trainable_variables)

    def _apply_where(self, due: Any, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """`apply`; where `due`, a scalar tensor or `None`, is false, nothing changes."""
        if type(grads) is not list:
            grads = list(grads)
        if not grads:
            return
        rows = self._rows
        if rows is None or not rows.serve(self, grads, trainable_variables):
            grads, rows = self._plan(grads, trainable_variables)
        with on_backend(self._backend):
            self._apply_rows(due, grads, rows)

    def _plan(self, grads: list[Any], trainable_variables: Any) -> tuple[list[Any], Rows]:
        grads, self._rows = plan(self, grads, trainable_variables)
        return grads, self._rows

    def _apply_rows(self, due: Any, grads: list[Any], rows: Rows) -> None:
        if rows.overwritten:
            self._overwrite(grads, rows, due)
        if rows.moved:
            moving = grads if rows.whole else [grads[i] for i in rows.moved]
            if self.loss_scale_factor is not None:
                moving = [ops.divide(g, self.loss_scale_factor) for g in moving]
            if self.gradient_accumulation_steps:
                self._accumulate(moving, rows, due)
            else:
                self._step(moving, rows, due)
            if self.use_ema:
                self._average(due)
        self._count_step(due)

    def minimize(self, loss: Callable[[], Any], variables: Sequence[Variable], has_aux: bool = False) -> Any:
        """One step towards the least value of a function.

        Args:
            loss: A function without arguments that returns a scalar tensor; with `has_aux` a pair of it and anything
                else made of tensors.
            variables: The variables that it depends on, and that are moved.
            has_aux: Whether `loss` returns a pair.

        Returns:
            What `loss` returned before the step.

        ```python
        >>> import multikeras as keras
        >>> w = keras.Variable(3.0)
        >>> float(keras.optimizers.SGD(0.5).minimize(lambda: w * w, [w])), float(w)
        (9.0, 0.0)

        ```
        """
        from multikeras.training.gradients import value_and_grad

        variables = list(variables)

        def scaled() -> tuple[Any, Any]:
            value = loss()
            return self.scale_loss(value[0] if has_aux else value), value

        (_, value), gradients = value_and_grad(scaled, variables, has_aux=True)
        self.apply(gradients, variables)
        return value

    def stateless_apply(self, optimizer_variables: Any, grads: Any, trainable_variables: Any) -> tuple[list, list]:
        """`apply` as a pure function of the variables' values.

        Args:
            optimizer_variables: Values for `variables`, in order.
            grads: A gradient for each trained variable.
            trainable_variables: Values of the trained variables.

        Returns:
            The values of the trained variables and those of the optimizer's, after the step.

        Raises:
            StateError: The optimizer is not built.
            ShapeError: There are more or fewer values than variables.
        """
        if not self.built:
            raise StateError("An optimizer is built before a pure step.", hint="optimizer.build(trainable_variables)")
        trained, own = self._trainable_variables, self.variables
        for values, variables in ((optimizer_variables, own), (trainable_variables, trained)):
            if len(values) != len(variables):
                raise ShapeError("There is a value for each variable.", received=f"{len(values)} for {len(variables)}")
        pairs = [*zip(trained, trainable_variables, strict=True), *zip(own, optimizer_variables, strict=True)]
        with StatelessScope(pairs) as scope:
            self.apply(list(grads), trained)
        return [scope.get_current_value(v) for v in trained], [scope.get_current_value(v) for v in own]

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else ops.multiply(loss, self.loss_scale_factor)
