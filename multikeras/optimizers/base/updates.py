"""One step: new values of weights and slots from gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras import ops
from multikeras.backend.contract import Capability
from multikeras.errors import NotSupportedError
from multikeras.optimizers.base.rows import Rows
from multikeras.optimizers.base.weight_decay import WeightDecay
from multikeras.optimizers.clipping import clip_by_global_norm, clip_by_norm
from multikeras.state.scope import scopes
from multikeras.state.variable import Variable


class Updates(WeightDecay):
    """The side of an optimizer that moves weights."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None

    def prepare(self, learning_rate: Any, step: Any) -> dict[str, Any]:
        """What one step needs for all variables of a dtype.

        Args:
            learning_rate: A scalar tensor of the dtype.
            step: The number of the step, from 1 on, likewise.
        """
        return {"learning_rate": learning_rate}

    def advance(self, step: Any) -> list[tuple[Variable, Any]]:
        """New values of variables that belong to no single weight, before a step with this number, from 1 on."""
        return []

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
        dtype = variable._dtype
        shared = self.prepare(ops.cast(learning_rate, dtype), ops.cast(ops.add(self.iterations, 1), dtype))
        slots = self._slots[self._get_variable_index(variable)]
        held = {name: slot.value for name, slot in slots.items()}
        value, updated = self.update(variable._admit(gradient), variable.value, held, shared)
        variable.assign(value)
        for name, slot in updated.items():
            slots[name].assign(slot)

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
            return clip_by_global_norm(grads, self.global_clipnorm, self._backend.many)
        if self.clipvalue:
            return [ops.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    def _step(self, grads: list[Any], rows: Rows, due: Any) -> None:
        """One step; where `due`, a scalar tensor or `None`, is false at last, nothing changes."""
        grads = self._clipped(grads)
        rate = self.learning_rate
        if isinstance(rate, Variable):
            rate = rate.value
        done = self.iterations
        if isinstance(done, Variable):
            done = done.value
        if type(self).advance is not Updates.advance:
            for variable, value in self.advance(ops.add(done, 1)):
                variable.assign(value if due is None else ops.where(due, value, variable.value))
        if type(self).update_step is not Updates.update_step:
            self._guarded(lambda: self._assigning_steps(grads, rows, rate), rows, due)
        elif self._fused is not None and scopes.stateless is None:
            self._fused_steps(grads, rows, rate, done, due)
        else:
            for dtype, places in rows.dtypes.items():
                self._pure_steps(grads, rows, dtype, places, rate, done, due)

    def _guarded(self, run: Callable[[], None], rows: Rows | list[Variable], due: Any) -> None:
        """Run what assigns variables, and take it back where `due` is false.

        Both outcomes are computed and one is chosen entry by entry: compilers can follow, and no host waits.
        """
        if due is None:
            run()
            return
        touched = rows.touched if isinstance(rows, Rows) else rows
        many = self._backend.many
        if many is not None and scopes.stateless is None:
            storages = [v._storage for v in touched]
            values = many.copied(storages)
            run()
            many.chosen(due, storages, values)
            return
        copy = self._backend.tensors.copy if Capability.MUTABLE_VARIABLES in self._backend.can else _itself
        before = [copy(v.value) for v in touched]
        run()
        for variable, old in zip(touched, before, strict=True):
            variable.assign(ops.where(due, variable.value, old))

    def _pure_steps(
        self, grads: list[Any], rows: Rows, dtype: str, places: list[int], rate: Any, done: Any, due: Any
    ) -> None:
        """The step of the weights of a dtype, one by one."""
        rate = ops.cast(rate, dtype)
        shared = self.prepare(rate, ops.cast(ops.add(done, 1), dtype))
        for i in places:
            variable, slots, decay = rows.variables[i], rows.slots[i], rows.decays[i]
            before = value = variable.value
            if decay is not None:
                value = ops.subtract(value, ops.multiply(value, ops.multiply(rate, decay)))
            held = {name: slot.value for name, slot in slots.items()}
            value, updated = self.update(variable._admit(grads[i]), value, held, shared)
            if variable._constraint is not None:
                value = variable._constraint(value)
            variable.assign(value if due is None else ops.where(due, value, before))
            for name, slot in updated.items():
                slots[name].assign(slot if due is None else ops.where(due, slot, held[name]))

    def _fused_steps(self, grads: list[Any], rows: Rows, rate: Any, done: Any, due: Any) -> None:
        """The step by the backend's own kernels, for all weights of a dtype at once."""
        assert self._fused is not None
        for dtype, places in rows.dtypes.items():
            variables = [rows.variables[i] for i in places]
            kept = [rows.slots[i] for i in places]
            served = self._fused(
                self,
                [grads[i] for i in places],
                [v._storage for v in variables],
                {name: [slots[name]._storage for slots in kept] for name in kept[0]},
                [(v._storage, d) for v, d in zip(variables, (rows.decays[i] for i in places), strict=True) if d],
                rate,
                done,
                due,
            )
            if served is False:
                self._pure_steps(grads, rows, dtype, places, rate, done, due)
            else:
                _constrain(variables)

    def _assigning_steps(self, grads: list[Any], rows: Rows, rate: Any) -> None:
        """The step of an optimizer that assigns variables itself."""
        rate = ops.cast(rate, "float32")
        for variable, decay in zip(rows.variables, rows.decays, strict=True):
            if decay is not None:
                share = ops.multiply(ops.cast(rate, variable._dtype), decay)
                variable.assign(ops.subtract(variable.value, ops.multiply(variable.value, share)))
        for gradient, variable in zip(grads, rows.variables, strict=True):
            self.update_step(gradient, variable, rate)
        _constrain(rows.variables)

    def _fused_update(self) -> Callable[..., Any] | None:
        return self._backend.fused_updates.get(_formula_of(type(self)))


def _itself(x: Any) -> Any:
    return x


def _constrain(variables: list[Variable]) -> None:
    for v in variables:
        if v._constraint is not None:
            v.assign(v._constraint(v.value))


def _formula_of(kind: type) -> str:
    """The class of this package that a class has its `update` and `prepare` from; "" where one is a user's own."""
    defining = {next(c for c in kind.__mro__ if method in vars(c)) for method in ("update", "prepare", "advance")}
    defining.discard(Updates)
    names = {c.__name__ for c in defining if c.__module__.startswith("multikeras.optimizers.")}
    return names.pop() if len(names) == len(defining) == 1 else ""
