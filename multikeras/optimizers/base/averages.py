"""Moving averages of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multikeras import ops
from multikeras.optimizers.base.accumulation import Accumulation
from multikeras.state.scope import scopes
from multikeras.state.variable import Variable


class Averages(Accumulation):
    """The side of an optimizer that keeps averages of the weights: `average <- m * average + (1 - m) * w`."""

    ema_momentum: float
    ema_overwrite_frequency: int | None

    def _average(self, due: Any) -> None:
        iterations = self.iterations
        # The first step's weights are the first averages.
        started = ops.cast(ops.not_equal(iterations, 0), "float32")
        momentum = ops.multiply(started, self.ema_momentum)
        frequency = self.ema_overwrite_frequency
        replaces = None if frequency is None else ops.equal(ops.mod(ops.add(iterations, 1), frequency), 0)
        if replaces is not None and due is not None:
            replaces = ops.logical_and(replaces, due)
        kept = [(v, a) for v, a in zip(self._trainable_variables, self._averages, strict=True) if a is not None]
        many = self._backend.many
        if many is not None and replaces is None and due is None and scopes.stateless is None:
            many.averaged([a._storage for _, a in kept], [v._storage for v, _ in kept], momentum)
            return
        for v, average in kept:
            m = ops.cast(momentum, v._dtype)
            value, before = v.value, average.value
            moved = ops.add(ops.multiply(before, m), ops.multiply(value, ops.subtract(1, m)))
            if replaces is not None:
                v.assign(ops.where(replaces, moved, value))
            average.assign(moved if due is None else ops.where(due, moved, before))

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """After training: replace weights by their averages, where these are kept."""
        if not self.use_ema:
            return
        for v in var_list:
            average = self._averages[self._positions[id(v)]] if id(v) in self._positions else None
            if average is not None:
                v.assign(average.value)
