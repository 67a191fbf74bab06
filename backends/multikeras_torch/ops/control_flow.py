"""Which function runs depends on a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.graph.operation import map_structure
from multikeras.ops.switching import check_branches
from multikeras.ops.while_loops import next_variables
from multikeras_torch.table import table


def _copied(x: Any) -> Any:
    return x.clone() if isinstance(x, torch.Tensor) else x


@table.implements(ops.cond)
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    if not (callable(true_fn) and callable(false_fn)):
        raise TypeError("no function")
    if pred.ndim > 1 or pred.numel() != 1:
        raise ValueError("a condition is one value")
    if torch.compiler.is_compiling():
        # A branch may not hand through what it reads.
        return torch.cond(
            pred.reshape(()) != 0, lambda: map_structure(_copied, true_fn()), lambda: map_structure(_copied, false_fn())
        )
    # The host waits for the value, since it has to call one of the two.
    return true_fn() if pred else false_fn()


@table.implements(ops.switch)
def switch(index: Any, branches: Any, operands: list[Any]) -> list[Any]:
    check_branches(branches)
    if torch.compiler.is_compiling():
        # What a branch notes down of its result has to happen outside of `cond`.
        branches[0](list(operands))
        return ops.switch.op.body(index, branches, operands)
    place = max(0, min(int(index.item()), len(branches) - 1))
    return list(branches[place](list(operands)))


@table.implements(ops.while_loop)
def while_loop(
    cond: Callable, body: Callable, loop_vars: list[Any], maximum_iterations: int | None = None
) -> list[Any]:
    if not torch.compiler.is_compiling():
        return ops.while_loop.op.body(cond, body, loop_vars, maximum_iterations)

    def holds(rounds: Any, *variables: Any) -> Any:
        more = cond(list(variables)).reshape(()) != 0
        return more if maximum_iterations is None else more & (rounds < maximum_iterations)

    def once(rounds: Any, *variables: Any) -> tuple[Any, ...]:
        # The loop may not hand an input through.
        return rounds + 1, *(x.clone() for x in next_variables(body, variables))

    from torch._higher_order_ops.while_loop import while_loop as loop

    rounds = torch.zeros((), dtype=torch.int64)
    return list(loop(holds, once, (rounds, *loop_vars)))[1:]
