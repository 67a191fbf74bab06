"""Which function runs depends on a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from multikeras import ops
from multikeras.ops.switching import check_branches
from multikeras.ops.while_loops import next_variables
from multikeras_jax.table import table


@table.implements(ops.cond)
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    if not (callable(true_fn) and callable(false_fn)):
        raise TypeError("no function")
    if isinstance(pred, Tracer):
        return jax.lax.cond(jnp.reshape(pred, ()) != 0, true_fn, false_fn)
    if pred.size != 1 or pred.ndim > 1:
        raise ValueError("a condition is one value")
    return true_fn() if pred.item() else false_fn()


@table.implements(ops.switch)
def switch(index: Any, branches: Any, operands: list[Any]) -> list[Any]:
    check_branches(branches)
    place = jnp.clip(jnp.reshape(index, ()).astype(jnp.int32), 0, len(branches) - 1)
    if isinstance(place, Tracer):
        return list(jax.lax.switch(place, [lambda given, f=f: list(f(list(given))) for f in branches], list(operands)))
    return list(branches[int(place)](list(operands)))


@table.implements(ops.while_loop)
def while_loop(
    cond: Callable, body: Callable, loop_vars: list[Any], maximum_iterations: int | None = None
) -> list[Any]:
    try:
        return table.composite(ops.while_loop)(cond, body, loop_vars, maximum_iterations)
    except jax.errors.ConcretizationTypeError:
        # The condition is a value of a trace.
        pass

    def holds(variables: Any) -> Any:
        return jnp.reshape(jnp.asarray(cond(list(variables))), ()) != 0

    def once(variables: Any) -> tuple[Any, ...]:
        return tuple(next_variables(body, variables))

    if maximum_iterations is None:
        return list(jax.lax.while_loop(holds, once, tuple(loop_vars)))

    def step(variables: Any, _: None) -> tuple[Any, None]:
        return jax.lax.cond(holds(variables), once, lambda same: same, variables), None

    # A loop of a known number of rounds has gradients backwards, too.
    return list(jax.lax.scan(step, tuple(loop_vars), None, maximum_iterations)[0])
