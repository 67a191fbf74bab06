"""Steps by the mean gradient of several calls."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras.optimizers.base.rows import Rows
from multikeras.optimizers.base.updates import Updates


class Accumulation(Updates):
    """The side of an optimizer that adds gradients up, and steps every so many calls."""

    def _this_call_steps(self) -> Any:
        """Whether gradients were added up often enough, as a scalar tensor."""
        return ops.equal(ops.mod(ops.add(self._iterations, 1), self.gradient_accumulation_steps), 0)

    def _accumulate(self, grads: list[Any], rows: Rows, due: Any) -> None:
        count = self.gradient_accumulation_steps
        steps = self._this_call_steps()
        before = [a.value for a in rows.accumulators]
        sums = [ops.add(old, ops.cast(g, a._dtype)) for old, g, a in zip(before, grads, rows.accumulators, strict=True)]
        self._step([ops.divide(s, count) for s in sums], rows, _both(steps, due))
        for accumulator, total, old in zip(rows.accumulators, sums, before, strict=True):
            value = ops.where(steps, ops.zeros_like(total), total)
            accumulator.assign(value if due is None else ops.where(due, value, old))

    def _overwrite(self, grads: list[Any], rows: Rows, due: Any) -> None:
        """Store gradients as the values of the variables that ask for it: the greatest of those added up."""
        steps = self._this_call_steps() if self.gradient_accumulation_steps else None
        for place in rows.overwritten:
            variable, value = rows.given[place], grads[place]
            if steps is None:
                variable.assign(value if due is None else ops.where(due, value, variable.value))
                continue
            accumulator = self._accumulators[self._positions[id(variable)]]
            value = ops.maximum(ops.cast(value, variable._dtype), accumulator.value)
            left = ops.where(steps, ops.zeros_like(value), value)
            accumulator.assign(left if due is None else ops.where(due, left, accumulator.value))
            variable.assign(ops.where(_both(steps, due), value, variable.value))


def _both(first: Any, second: Any) -> Any:
    return first if second is None else ops.logical_and(first, second)
