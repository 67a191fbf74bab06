"""What steps for all variables at once begin with."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from multikeras.errors import ShapeError
from multikeras_torch.variables import lies_as_made

# Torch exports these, but under private names.
kernels: Any = torch

_FUSED_DEVICES = frozenset({"cpu", "cuda"})


def step_of_all(update: Callable[..., None]) -> Callable[..., None]:
    """What all steps begin with: gradients that fit their variables, numbers in the place of scalars that the host has
    anyway, and weight decay.

    A step that is not `due` is taken back, unless the update takes `due` and sees to it itself.
    """
    sees_to_it = "due" in inspect.signature(update).parameters

    def steps(
        optimizer: Any,
        gradients: list,
        values: list,
        slots: dict[str, list],
        decayed: list,
        rate: Any,
        iterations: Any,
        due: torch.Tensor | None,
    ) -> None:
        gradients = [_fitting(g, v) for g, v in zip(gradients, values, strict=True)]
        if torch.compiler.is_compiling() or values[0].device.type != "cpu":
            number = iterations.to(torch.float32) + 1
        else:
            number = iterations.item() + 1
            rate = rate.item() if isinstance(rate, torch.Tensor) else float(rate)
        touched: list[torch.Tensor] = []
        before = None
        if due is not None and not sees_to_it:
            touched = [*values, *(slot for column in slots.values() for slot in column)]
            before = copied(touched)
        for decay in {decay for _, decay in decayed}:
            left = 1 - rate * decay
            if due is not None and sees_to_it:
                left = torch.where(due, left, 1.0)
            kernels._foreach_mul_([v for v, d in decayed if d == decay], left)
        if sees_to_it:
            update(optimizer, gradients, values, slots, rate, number, due)
        else:
            update(optimizer, gradients, values, slots, rate, number)
        if before is not None and due is not None:
            chosen(due, touched, before)

    @functools.wraps(update)
    def step(*args: Any) -> None:
        if not torch.is_grad_enabled():
            # A training step records nothing here anyway, and the scope costs as much as a kernel.
            return steps(*args)
        with torch.no_grad():
            return steps(*args)

    return step


@torch.no_grad()
def copied(storages: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """The values as they are now."""
    return [s.clone() for s in storages]


@torch.no_grad()
def chosen(due: torch.Tensor, storages: Sequence[torch.Tensor], before: Sequence[torch.Tensor]) -> None:
    """Take changes back where `due` is false."""
    for storage, old in zip(storages, before, strict=True):
        storage.copy_(torch.where(due, storage, old))


def _fitting(gradient: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    if gradient.shape != value.shape:
        raise ShapeError(
            "A gradient has the shape of its variable.", received=f"{tuple(gradient.shape)} for {tuple(value.shape)}"
        )
    if gradient.dtype is not value.dtype:
        gradient = gradient.to(value.dtype)
    if gradient.stride() == value.stride() or torch.compiler.is_compiling():
        return gradient
    # One copy for the fast kernels: a single tensor that lies otherwise keeps all others from them.
    return torch.empty_like(value).copy_(gradient)


def flat(values: list) -> bool:
    """Whether fused kernels, which go through memory as it lies, take the right entries together: gradients lie as
    their variables do, slots as variables are made."""
    return (
        not torch.compiler.is_compiling()
        and values[0].device.type in _FUSED_DEVICES
        and values[0].is_floating_point()
        and all(map(lies_as_made, values))
    )


def gathered(beta: float, number: Any) -> Any:
    """`1 - beta^number`, for a number or a tensor."""
    if beta <= 0:
        return 1.0
    exponent = number * math.log(beta)
    return -torch.expm1(exponent) if isinstance(exponent, torch.Tensor) else -math.expm1(exponent)


def numbers(optimizer: Any, rate: Any, number: Any, dtype: torch.dtype, device: torch.device) -> dict[str, Any]:
    """What the optimizer's own `prepare` returns: numbers where the host has them anyway, tensors elsewhere."""
    scalar = {"dtype": dtype, "device": device}
    found = optimizer.prepare(torch.as_tensor(rate, **scalar), torch.as_tensor(number, **scalar))
    return found if isinstance(number, torch.Tensor) else {name: value.item() for name, value in found.items()}
