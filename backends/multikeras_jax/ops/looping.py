"""A function called step by step, as one operation of a traced function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax.core import Tracer

from multikeras import ops
from multikeras.ops.looping import check_carry, check_steps
from multikeras.state.scope import StatelessScope
from multikeras.state.variable import Variable
from multikeras_jax.table import table

# From how many steps on compiling a loop takes less time than running its steps one by one, outside of a trace.
_WORTH_COMPILING = 256


@table.implements(ops.scan)
def scan(
    f: Callable, init: Any, xs: Any, length: int | None = None, reverse: bool = False, unroll: Any = 1
) -> tuple[list[Any], list[Any]]:
    count = check_steps(f, xs, length, unroll)
    traced = any(isinstance(x, Tracer) for x in (*init, *xs))
    if not count or (not traced and count < _WORTH_COMPILING):
        return table.composite(ops.scan)(f, init, xs, length, reverse, unroll)
    # Variables that steps assign are part of the carry; which ones these are shows in the first trace.
    assigned: list[Variable] = []
    while True:
        more: dict[int, Variable] = {}

        def step(state: Any, x: Any, assigned: list[Variable] = assigned, more: dict = more) -> Any:
            carry, values = state
            with StatelessScope() as scope:
                scope.state_mapping.update({id(v): value for v, value in zip(assigned, values, strict=True)})
                after, outputs = f(list(carry), list(x))
            known = {id(v) for v in assigned}
            more.update({key: v for key, v in scope.updated.items() if key not in known})
            check_carry(carry, after)
            return (tuple(after), tuple(scope.state_mapping[id(v)] for v in assigned)), tuple(outputs)

        before = tuple(v._own_value() for v in assigned)
        (carry, values), outputs = jax.lax.scan(
            step, (tuple(init), before), tuple(xs), length, reverse=bool(reverse), unroll=unroll
        )
        if not more:
            break
        assigned = [*assigned, *more.values()]
    for v, value in zip(assigned, values, strict=True):
        v.assign(value)
    return list(carry), list(outputs)
