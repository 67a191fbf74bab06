"""Optimizer: turns gradients into new values of variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.backend.binding import ConstructorSignature, blank, unbound
from multikeras.backend.contract import Backend
from multikeras.backend.select import current, on_backend
from multikeras.errors import ArgumentError, MixedBackendsError, NotSupportedError, ShapeError, StateError
from multikeras.ops._owners import owner_of
from multikeras.optimizers.clipping import clip_by_global_norm, clip_by_norm
from multikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule
from multikeras.state.names import auto_name
from multikeras.state.scope import StatelessScope, name_scope, scopes
from multikeras.state.variable import Variable


class Optimizer:
    """The base of all optimizers.

    An optimizer is a pair of pure functions: `prepare`, which computes what one step needs for all variables, and
    `update`,
    which maps a gradient, a value and its slots to a new value and new slots. `slot_groups` names the slots. A
    subclass may instead define `build` and `update_step`, which assigns variables itself.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: The share of each weight, times the learning rate, that is taken off at each step.
        clipnorm: The greatest L2 norm of each gradient.
        clipvalue: The greatest absolute value of each gradient's entries.
        global_clipnorm: The greatest L2 norm of all gradients together.
        use_ema: Whether averages of the weights are kept.
        ema_momentum: The weight of the past in those averages.
        ema_overwrite_frequency: Every so many steps the weights are replaced by their averages; with `None`, once,
            after training.
        loss_scale_factor: The loss is multiplied by it before, and the gradients divided by it after differentiation.
        gradient_accumulation_steps: Weights change every so many steps, by the mean gradient of these.
        name: Its name, made up by default.

    Raises:
        ArgumentError: An argument is out of its range, or more than one kind of clipping is asked for.
    """

    # Names of the variables kept beside each weight. Each group is laid out weight by weight, group after group, as in
    # Keras's files.
    slot_groups: tuple[tuple[str, ...], ...] = ()

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
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency if use_ema else None
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._variables: list[Variable] = []
        self._positions: dict[int, int] = {}
        self._trainable_variables: list[Variable] = []
        self._slots: list[dict[str, Variable]] = []
        self._fused: Callable[..., None] | None = None
        self._averages: list[Variable] = []
        self._accumulators: list[Variable] = []
        self._undecayed: dict[int, Variable] = {}
        self._undecayed_patterns: list[str] = []
        with on_backend(self._backend), name_scope(self.name):
            self._iterations = self._track(Variable(0, dtype="int32", trainable=False, name="iteration"))
            self._learning_rate: Any = self._learning_rate_holder(learning_rate)

    # -- State ------------------------------------------------------------------------------------------------

    def _track(self, variable: Variable) -> Variable:
        self._variables.append(variable)
        return variable

    def _learning_rate_holder(self, learning_rate: Any) -> Any:
        if isinstance(learning_rate, dict):
            from multikeras.optimizers import schedules

            learning_rate = schedules.deserialize(learning_rate)
        if isinstance(learning_rate, LearningRateSchedule) or callable(learning_rate):
            return learning_rate
        if isinstance(learning_rate, bool) or not isinstance(learning_rate, (int, float, np.generic, np.ndarray)):
            raise ArgumentError(
                "The learning rate is a number, a schedule or a function.", received=repr(learning_rate), hint="0.001"
            )
        return self._track(Variable(float(learning_rate), dtype="float32", trainable=False, name="learning_rate"))

    @property
    def backend(self) -> str:
        """The name of the backend that it belongs to."""
        return self._backend.name

    @property
    def iterations(self) -> Any:
        """How many steps were made; calls that only add gradients up are none."""
        count = self.gradient_accumulation_steps
        return ops.floor_divide(self._iterations, count) if count else self._iterations

    @property
    def variables(self) -> list[Variable]:
        """Its variables, the slots among them; not those that it trains."""
        return self._variables[:]

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a variable, or the value of the schedule at this step."""
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            return rate(self._iterations)
        return rate if isinstance(rate, Variable) else rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        held = self._learning_rate
        if isinstance(held, LearningRateSchedule) and not isinstance(value, LearningRateSchedule):
            raise ArgumentError(
                "The learning rate follows a schedule, and can't be set.", hint="learning_rate=0.001 in the constructor"
            )
        if isinstance(held, Variable) and not callable(value):
            held.assign(value)
        else:
            if isinstance(held, Variable):
                self._variables = [v for v in self._variables if v is not held]
            with on_backend(self._backend), name_scope(self.name):
                self._learning_rate = self._learning_rate_holder(value)

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new variable of the optimizer's own."""
        with on_backend(self._backend), name_scope(self.name):
            return self._track(
                Variable(
                    initializer,
                    shape=shape,
                    dtype=dtype,
                    trainable=False,
                    aggregation=aggregation,
                    layout=layout,
                    name=name,
                )
            )

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A new variable with the shape and dtype of another."""
        label = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        return self.add_variable(reference_variable.shape, initializer, reference_variable._dtype, name=label)

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """New variables for each of some variables: a list, or for a list of names as many lists."""
        names = [name] if isinstance(name, str) else list(name)
        makers = list(initializer) if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        if len(makers) != len(names):
            raise ArgumentError("There is one initializer, or one for each name.", received=f"{names}, {makers}")
        columns: tuple[list[Any], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for column, label, maker in zip(columns, names, makers, strict=True):
                plain = variable.overwrite_with_gradient
                column.append(None if plain else self.add_variable_from_reference(variable, label, maker))
        return columns[0] if isinstance(name, str) else columns

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the variables that training `variables` needs.

        Raises:
            MixedBackendsError: One belongs to another backend.
        """
        if self.built:
            return
        variables = list(variables)
        for v in variables:
            if v._backend is not self._backend:
                raise MixedBackendsError(
                    f"An optimizer trains variables of its own backend, {self.backend}.",
                    received=f"{v.path} of {v.backend}",
                )
        self._trainable_variables = variables
        self._positions = {id(v): i for i, v in enumerate(variables)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulators = self.add_optimizer_variables(variables, "gradient_accumulator")
        self._slots = [{} for _ in variables]
        for group in self.slot_groups:
            for row, v in zip(self._slots, variables, strict=True):
                if not v.overwrite_with_gradient:
                    for name in group:
                        row[name] = self.add_variable_from_reference(v, name, self.slot_initializer(name))
        self._fused = self._backend.fused_updates.get(_formula_of(type(self)))
        self.built = True

    def slot_initializer(self, name: str) -> Any:
        """What makes the first value of a slot."""
        return "zeros"

    def knows(self, variables: Iterable[Variable]) -> bool:
        """Whether it was built for all of some variables."""
        return all(id(v) in self._positions for v in variables)

    def _get_variable_index(self, variable: Variable) -> int:
        return self._positions[id(variable)]

    # -- Steps ------------------------------------------------------------------------------------------------

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
        grads = list(grads)
        if not grads:
            return
        if trainable_variables is None:
            if not self.built:
                raise StateError(
                    "An optimizer is built before it is given gradients alone.", hint="optimizer.build(vs)"
                )
            trainable_variables = self._trainable_variables
        variables = list(trainable_variables)
        if len(grads) != len(variables):
            raise ArgumentError(
                "There is a gradient for each variable.", received=f"{len(grads)} for {len(variables)} variables"
            )
        if not self.built:
            self.build(variables)
        if not self.knows(variables):
            unknown = next(v for v in variables if id(v) not in self._positions)
            raise StateError(
                "An optimizer trains the variables that it was built for.",
                received=unknown.path,
                hint="a new optimizer",
            )
        if all(g is None for g in grads):
            raise ArgumentError("At least one variable has a gradient.", received="None for every variable")
        rows = []
        types = self._backend.tensors.types
        for gradient, variable in zip(grads, variables, strict=True):
            if gradient is None:
                continue
            if not isinstance(gradient, types):
                gradient = self._own_gradient(gradient)
            if variable.overwrite_with_gradient:
                variable.assign(gradient)
            else:
                rows.append((gradient, variable))
        with on_backend(self._backend):
            self._apply_rows([g for g, _ in rows], [v for _, v in rows])
            self._iterations.assign_add(1)

    def _own_gradient(self, gradient: Any) -> Any:
        if hasattr(gradient, "__multikeras_tensor__"):
            # Rows of a gradient, or whatever else a framework has in the place of a tensor.
            return gradient.__multikeras_tensor__()
        owner = owner_of(type(gradient))
        if owner is not None:
            raise MixedBackendsError(
                f"An optimizer takes gradients of its own backend, {self.backend}.",
                received=f"a tensor of {owner.name}",
                hint="multikeras.ops.convert_to_numpy(gradient)",
            )
        return gradient

    def _apply_rows(self, grads: list[Any], variables: list[Variable]) -> None:
        if self.loss_scale_factor is not None:
            grads = [ops.divide(g, self.loss_scale_factor) for g in grads]
        if self.gradient_accumulation_steps:
            self._accumulate(grads, variables)
        else:
            self._step(grads, variables)
        if self.use_ema:
            self._average(variables)

    def _step(self, grads: list[Any], variables: list[Variable]) -> None:
        grads = self._clipped(grads)
        rate = ops.cast(self.learning_rate, "float32")
        self._decay(variables, rate)
        self._run_updates(grads, variables, rate)
        for v in variables:
            if v.constraint is not None:
                v.assign(v.constraint(v.value))

    def _run_updates(self, grads: list[Any], variables: list[Variable], rate: Any) -> None:
        if type(self).update_step is not Optimizer.update_step:
            for gradient, variable in zip(grads, variables, strict=True):
                self.update_step(gradient, variable, rate)
            return
        prepared: dict[str, dict[str, Any]] = {}
        step = ops.add(self.iterations, 1)
        if self._fused is not None and scopes.stateless is None:
            for dtype in {v._dtype: None for v in variables}:
                shared = self.prepare(ops.cast(rate, dtype), ops.cast(step, dtype))
                self._run_fused([(g, v) for g, v in zip(grads, variables, strict=True) if v._dtype == dtype], shared)
            return
        for gradient, variable in zip(grads, variables, strict=True):
            dtype = variable._dtype
            shared = prepared.get(dtype)
            if shared is None:
                shared = prepared[dtype] = self.prepare(ops.cast(rate, dtype), ops.cast(step, dtype))
            slots = self._slots[self._positions[id(variable)]]
            value, updated = self.update(
                ops.cast(gradient, dtype), variable.value, {n: s.value for n, s in slots.items()}, shared
            )
            variable.assign(value)
            for name, slot in updated.items():
                slots[name].assign(slot)

    def _run_fused(self, rows: list[tuple[Any, Variable]], shared: dict[str, Any]) -> None:
        """One step for all variables of a dtype by the backend's own kernels."""
        gradients, storages = [], []
        slots: dict[str, list[Any]] = {name: [] for group in self.slot_groups for name in group}
        for gradient, variable in rows:
            gradients.append(variable._admit(gradient))
            storages.append(variable._storage)
            for name, slot in self._slots[self._positions[id(variable)]].items():
                slots[name].append(slot._storage)
        assert self._fused is not None
        self._fused(self, gradients, storages, slots, shared)

    def prepare(self, learning_rate: Any, step: Any) -> dict[str, Any]:
        """What one step needs for all variables of a dtype.

        Args:
            learning_rate: A scalar tensor of the dtype.
            step: The number of the step, from 1 on, likewise.
        """
        return {"learning_rate": learning_rate}

    def update(
        self, gradient: Any, value: Any, slots: dict[str, Any], shared: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """One step for one variable, as a pure function.

        Args:
            gradient: The gradient.
            value: The variable's value.
            slots: The values of its slots by name.
            shared: What `prepare` returned.

        Returns:
            The new value, and the new values of slots.
        """
        raise NotSupportedError(f"{type(self).__name__} defines `update` or `update_step`.")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """One step for one variable, which assigns it. Subclasses may define it in the place of `update`."""
        raise NotSupportedError(f"{type(self).__name__} defines `update` or `update_step`.")

    def assign(self, variable: Variable, value: Any) -> None:
        """`variable.assign(value)`."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """`variable.assign_add(value)`."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """`variable.assign_sub(value)`."""
        variable.assign_sub(value)

    def _clipped(self, grads: list[Any]) -> list[Any]:
        if self.clipnorm:
            return [clip_by_norm(g, self.clipnorm) for g in grads]
        if self.global_clipnorm:
            return clip_by_global_norm(grads, self.global_clipnorm)
        if self.clipvalue:
            return [ops.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    # -- Weight decay -----------------------------------------------------------------------------------------

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Spare variables from weight decay.

        Args:
            var_list: Variables.
            var_names: Patterns that a variable's path contains.

        Raises:
            StateError: The optimizer is built already.
        """
        if self.built:
            raise StateError("What weight decay spares is said before the optimizer is built.")
        self._undecayed |= {id(v): v for v in var_list or ()}
        self._undecayed_patterns += list(var_names or ())

    def _decays(self, variable: Variable) -> bool:
        if id(variable) in self._undecayed:
            return False
        return not any(re.search(pattern, variable.path) for pattern in self._undecayed_patterns)

    def _decay(self, variables: list[Variable], rate: Any) -> None:
        if not self.weight_decay:
            return
        for v in variables:
            if self._decays(v):
                share = ops.multiply(ops.cast(rate, v._dtype), self.weight_decay)
                v.assign(ops.subtract(v.value, ops.multiply(v.value, share)))

    # -- Accumulation and averages ----------------------------------------------------------------------------

    def _accumulate(self, grads: list[Any], variables: list[Variable]) -> None:
        """Add the gradients up; every so many calls step by their mean.

        Both outcomes are computed and one is chosen entry by entry, which every compiler can follow.
        """
        count = self.gradient_accumulation_steps
        assert count is not None
        due = ops.equal(ops.mod(ops.add(self._iterations, 1), count), 0)
        sums = []
        for gradient, v in zip(grads, variables, strict=True):
            accumulator = self._accumulators[self._positions[id(v)]]
            sums.append(ops.add(accumulator.value, ops.cast(gradient, accumulator._dtype)))
        touched = [*variables, *(s for v in variables for s in self._slots[self._positions[id(v)]].values())]
        before = [ops.add(t.value, ops.zeros((), t._dtype)) for t in touched]
        self._step([ops.divide(s, count) for s in sums], variables)
        for variable, old in zip(touched, before, strict=True):
            variable.assign(ops.where(due, variable.value, old))
        for total, v in zip(sums, variables, strict=True):
            self._accumulators[self._positions[id(v)]].assign(ops.where(due, ops.zeros_like(total), total))

    def _average(self, variables: list[Variable]) -> None:
        iterations = self.iterations
        started = ops.cast(ops.not_equal(iterations, 0), "float32")
        momentum = ops.multiply(started, self.ema_momentum)
        frequency = self.ema_overwrite_frequency
        due = None if frequency is None else ops.equal(ops.mod(ops.add(iterations, 1), frequency), 0)
        for v in variables:
            average = self._averages[self._positions[id(v)]]
            m = ops.cast(momentum, v._dtype)
            moved = ops.add(ops.multiply(average.value, m), ops.multiply(v.value, ops.subtract(1, m)))
            average.assign(moved)
            if due is not None:
                v.assign(ops.where(due, moved, v.value))

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """After training: replace weights by their averages, where these are kept and not used on the way."""
        if self.use_ema and self.ema_overwrite_frequency is None:
            for v in var_list:
                if id(v) in self._positions:
                    v.assign(self._averages[self._positions[id(v)]].value)

    # -- Pure steps -------------------------------------------------------------------------------------------

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
        trained = self._trainable_variables
        for values, variables in ((optimizer_variables, self._variables), (trainable_variables, trained)):
            if len(values) != len(variables):
                raise ShapeError("There is a value for each variable.", received=f"{len(values)} for {len(variables)}")
        pairs = [
            *zip(trained, trainable_variables, strict=True),
            *zip(self._variables, optimizer_variables, strict=True),
        ]
        with StatelessScope(pairs) as scope:
            self.apply(list(grads), trained)
        return (
            [scope.get_current_value(v) for v in trained],
            [scope.get_current_value(v) for v in self._variables],
        )

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else ops.multiply(loss, self.loss_scale_factor)

    # -- Saving -----------------------------------------------------------------------------------------------

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Assign values to `variables`, in order."""
        if len(weights) != len(self._variables):
            raise ShapeError(
                "There is a value for each variable.", received=f"{len(weights)} for {len(self._variables)}"
            )
        for variable, value in zip(self._variables, weights, strict=True):
            variable.assign(value)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Write the variables into a mapping, under "0", "1", ..."""
        for i, v in enumerate(self._variables):
            store[str(i)] = v.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Assign the values of `save_own_variables`.

        Raises:
            ShapeError: There are more or fewer of them than variables.
        """
        if len(store.keys()) != len(self._variables):
            raise ShapeError(
                f"The optimizer {self.name!r} has {len(self._variables)} variables.",
                received=f"{len(store.keys())} in the file",
                hint="build it for the model's variables, with the arguments of the saved one",
            )
        for i, v in enumerate(self._variables):
            v.assign(store[str(i)])

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal optimizer."""
        from multikeras.saving.serialization import serialize_keras_object

        rate = self._learning_rate
        if isinstance(rate, Variable):
            shown: Any = float(rate.numpy())
        elif isinstance(rate, LearningRateSchedule):
            shown = serialize_keras_object(rate)
        else:
            shown = float(ops.convert_to_numpy(rate()))
        return {
            "name": self.name,
            "learning_rate": shown,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer of a `get_config`."""
        config = dict(config)
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            from multikeras.saving.serialization import deserialize_keras_object

            config["learning_rate"] = deserialize_keras_object(rate, custom_objects=custom_objects)
        return cls(**config)

    def __reduce__(self) -> tuple:
        return _blank, (unbound(type(self)), self._backend), self.__getstate__()

    def __getstate__(self) -> dict[str, Any]:
        # A copy knows its variables by other identities.
        state = {k: v for k, v in vars(self).items() if k not in ("_positions", "_fused")}
        return {**state, "_undecayed": list(self._undecayed.values())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        spared = state.pop("_undecayed")
        vars(self).update(state)
        self._undecayed = {id(v): v for v in spared}
        self._positions = {id(v): i for i, v in enumerate(self._trainable_variables)}
        self._fused = self._backend.fused_updates.get(_formula_of(type(self))) if self.built else None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _formula_of(kind: type) -> str:
    """The class of this package that a class has its `update` and `prepare` from; "" where one is a user's own."""
    defining = {next(c for c in kind.__mro__ if method in vars(c)) for method in ("update", "prepare")}
    defining.discard(Optimizer)
    names = {c.__name__ for c in defining if c.__module__.startswith("multikeras.optimizers.")}
    return names.pop() if len(names) == len(defining) == 1 else ""


def _blank(cls: type, backend: Backend) -> Optimizer:
    """Unpickling: an optimizer to which a state will be given."""
    return blank(cls, backend.optimizer_base)
