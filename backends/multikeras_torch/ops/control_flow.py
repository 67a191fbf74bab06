"""Which function runs depends on a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.graph.operation import flatten, map_structure
from multikeras.ops.switching import check_branches
from multikeras.ops.while_loops import next_variables
from multikeras_torch.nesting import mapped, rows_of
from multikeras_torch.table import table


def _copied(x: Any) -> Any:
    return x.clone() if isinstance(x, torch.Tensor) else x


def _chosen(condition: torch.Tensor, x: Any, y: Any) -> Any:
    return torch.where(condition, x, y) if isinstance(x, torch.Tensor) or isinstance(y, torch.Tensor) else x


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
    if mapped():
        # Rows may go either way.
        chosen, other = pred.reshape(()) != 0, iter(flatten(false_fn()))
        return map_structure(lambda x: _chosen(chosen, x, next(other)), true_fn())
    # The host waits for the value, since it has to call one of the two.
    return true_fn() if pred else false_fn()


@table.implements(ops.switch)
def switch(index: Any, branches: Any, operands: list[Any]) -> list[Any]:
    check_branches(branches)
    if torch.compiler.is_compiling():
        # What a branch notes down of its result has to happen outside of `cond`.
        branches[0](list(operands))
        return table.composite(ops.switch)(index, branches, operands)
    if mapped():
        found = list(branches[0](list(operands)))
        for i, branch in enumerate(branches[1:], 1):
            chosen = index.reshape(()) >= i
            found = [_chosen(chosen, x, y) for x, y in zip(branch(list(operands)), found, strict=True)]
        return found
    place = max(0, min(int(index.item()), len(branches) - 1))
    return list(branches[place](list(operands)))


@table.implements(ops.while_loop)
def while_loop(
    cond: Callable, body: Callable, loop_vars: list[Any], maximum_iterations: int | None = None
) -> list[Any]:
    if mapped():
        return _while_some(cond, body, loop_vars, maximum_iterations)
    if not torch.compiler.is_compiling():
        return table.composite(ops.while_loop)(cond, body, loop_vars, maximum_iterations)

    def holds(rounds: Any, *variables: Any) -> Any:
        more = cond(list(variables)).reshape(()) != 0
        return more if maximum_iterations is None else more & (rounds < maximum_iterations)

    def once(rounds: Any, *variables: Any) -> tuple[Any, ...]:
        # The loop may not hand an input through.
        return rounds + 1, *(x.clone() for x in next_variables(body, variables))

    from torch._higher_order_ops.while_loop import while_loop as loop

    rounds = torch.zeros((), dtype=torch.int64)
    return list(loop(holds, once, (rounds, *loop_vars)))[1:]


def _while_some(cond: Callable, body: Callable, loop_vars: list[Any], maximum_iterations: int | None) -> list[Any]:
    """As long as the condition holds for one of the rows; the others keep what they have."""
    variables, rounds = list(loop_vars), 0
    going = None
    while maximum_iterations is None or rounds < maximum_iterations:
        more = cond(list(variables)).reshape(()) != 0
        going = more if going is None else going & more
        if not rows_of(going).any():
            break
        found = next_variables(body, variables)
        variables = [torch.where(going, x, y) for x, y in zip(found, variables, strict=True)]
        rounds += 1
    return variables
