"""Which calls are differentiated, and the scalar functions of float tensors that are made of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.backend import Capability, StepOptions, current
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError
from multikeras.ops._op import Op
from multikeras_conformance import calls
from multikeras_conformance.calls import Call


def differentiable_calls(only: Op | None = None) -> list[Call]:
    """The calls in float32 of differentiable ops, through whose results gradients flow."""
    if Capability.GRADIENTS not in current().can:
        return []
    found = []
    for call in calls.calls(raising=False, only=only):
        op = call.op
        if call.dtype != "float32" or op.differentiable is False or op.reference is None or not call.case.gradient:
            continue
        values = call.values()
        rule = calls.rule_of(call, values)
        if isinstance(rule, MultikerasError) or not any(lattice.is_float(s.dtype) for s in calls.leaves(rule)):
            continue
        if not calls.result_fits(rule):
            continue
        if slots_of(call, values) and all(a.size for a in calls.leaves(values) if isinstance(a, np.ndarray)):
            found.append(call)
    return found


def slots_of(call: Call, values: list[Any], dtype: Any = np.float32) -> list[tuple[int, int | None]]:
    """Where the tensors of a dtype are through which gradients flow: positions, and places in lists."""
    names = call.op.differentiable
    found: list[tuple[int, int | None]] = []
    for p in call.op.tensor_parameters:
        if names is not True and p.name not in names:  # type: ignore[operator]
            continue
        value = values[p.position]
        for i, x in enumerate(value) if p.many and value is not None else [(None, value)]:
            if isinstance(x, np.ndarray) and x.dtype == dtype and np.isfinite(x).all():
                found.append((p.position, i))
    return found


@dataclasses.dataclass
class Scalar:
    """A random combination of a call's results, as a function of its float tensors.

    Args:
        call: The call.
        values: Its arguments, with arrays in the place of tensors.
        slots: Where the float tensors are.
        weights: What each result is multiplied by; `None` for those of no floats.
    """

    call: Call
    values: list[Any]
    slots: list[tuple[int, int | None]]
    weights: list[np.ndarray | None]

    @property
    def points(self) -> list[np.ndarray]:
        """The float tensors."""
        return [self.values[p] if i is None else self.values[p][i] for p, i in self.slots]

    def of_oracle(self, moved: list[np.ndarray]) -> float:
        """Its value at other points, in float64."""
        wide = calls.widened(self.call, self.values)
        results = calls.comparable(self.call.op, calls.oracle(self.call, with_tensors(wide, self.slots, moved)))
        return sum(float(np.sum(w * r)) for w, r in zip(self.weights, results, strict=True) if w is not None)

    def of_op(self) -> Callable[[list[Any]], Any]:
        """The same as a function of native tensors, made of the op."""
        from_numpy = current().tensors.from_numpy
        rest = calls.native(self.call, self.values)
        weights = [None if w is None else from_numpy(np.asarray(w, np.float32)) for w in self.weights]

        def scalar(tensors: list[Any]) -> Any:
            results = calls.comparable(self.call.op, calls.run(self.call, with_tensors(rest, self.slots, tensors)))
            total = None
            for w, r in zip(weights, results, strict=True):
                if w is not None:
                    term = ops.sum(ops.multiply(ops.cast(r, "float32"), w))
                    total = term if total is None else ops.add(total, term)
            return total

        return scalar


def scalar_of(call: Call, rng: np.random.Generator) -> Scalar:
    """A random combination of the results of a call."""
    values = call.values()
    rules: list[Spec] = calls.leaves(calls.rule_of(call, values))
    if call.op.unique is not None:
        results = calls.comparable(call.op, calls.oracle(call, calls.widened(call, values)))
        rules = [Spec(x.shape, x.dtype.name) for x in results]
    weights = [
        rng.standard_normal([int(n or 0) for n in s.shape])
        if lattice.is_float(s.dtype) and None not in s.shape
        else None
        for s in rules
    ]
    return Scalar(call, values, slots_of(call, values), weights)


def with_tensors(values: list[Any], slots: list[tuple[int, int | None]], tensors: list[Any]) -> list[Any]:
    """The arguments with other tensors in some places."""
    changed = [list(v) if isinstance(v, list) else v for v in values]
    for (position, i), x in zip(slots, tensors, strict=True):
        if i is None:
            changed[position] = x
        else:
            changed[position][i] = x
    return changed


def traced(fn: Callable[[Any], Any], tensors: Any) -> Any:
    """What a function that takes gradients returns, called as in training: where steps are pure functions, only inside
    compiled ones."""
    backend = current()
    if Capability.COMPILE in backend.can and Capability.MUTABLE_VARIABLES not in backend.can:
        return backend.compile.step(fn, StepOptions())(tensors)
    return fn(tensors)
