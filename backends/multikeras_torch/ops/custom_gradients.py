"""Functions that bring their own gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras_torch.nesting import differentiated_again
from multikeras_torch.table import table


class _Kept:
    """What a call computed, for its way back."""

    pull: Callable


class _Custom(torch.autograd.Function):
    """A call whose gradient is that of its own function."""

    generate_vmap_rule = True

    @staticmethod
    def forward(function: Callable, kept: _Kept, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:  # type: ignore[override]
        outputs, kept.pull = function(list(tensors))
        # An input that is handed through would be changed in place.
        return tuple(y.view_as(y) if any(y is x for x in tensors) else y for y in outputs)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.function, ctx.kept = inputs[:2]
        ctx.save_for_backward(*inputs[2:])

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> Any:
        pull = ctx.kept.pull
        if differentiated_again():
            # What was kept does not remember how it depends on the tensors.
            _, pull = ctx.function(list(ctx.saved_tensors))
        return None, None, *pull(list(cotangents))


class _Compiled(torch.autograd.Function):
    """The same in the form that Dynamo traces, which `torch.func` does not take."""

    @staticmethod
    def forward(ctx: Any, function: Callable, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:  # type: ignore[override]
        outputs, _ = function(list(tensors))
        ctx.function = function
        ctx.save_for_backward(*tensors)
        return tuple(y.view_as(y) if any(y is x for x in tensors) else y for y in outputs)

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> Any:
        _, pull = ctx.function(list(ctx.saved_tensors))
        return None, *pull(list(cotangents))


@table.implements(ops.custom_gradient)
def custom_gradient(function: Callable, tensors: list[Any]) -> list[Any]:
    if torch.compiler.is_compiling():
        # What it notes down of its result has to happen outside of `apply`.
        outputs, _ = function(list(tensors))
        if not (torch.is_grad_enabled() and any(x.requires_grad for x in tensors)):
            return list(outputs)
        return list(_Compiled.apply(function, *tensors))  # type: ignore[misc]
    return list(_Custom.apply(function, _Kept(), *tensors))  # type: ignore[misc]
