"""Variables: parameters, assigned in place."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

read = None

# Entries of a kernel from which on its copy as a matrix saves more than it takes to see it as one.
_TILES = 1 << 14


def untraced() -> AbstractContextManager:
    """A scope outside of runs without values: see `compile.traced`, which imports what this looks for."""
    fakes = sys.modules.get("torch._subclasses.fake_tensor")
    return nullcontext() if fakes is None else fakes.unset_fake_temporarily()


def make(value: torch.Tensor, trainable: bool, name: str) -> torch.nn.Parameter:
    """A parameter with a copy of the value; `requires_grad` where it is trained, which integers are not."""
    return torch.nn.Parameter(_laid_out(value.detach()), requires_grad=trainable and _differentiable(value))


def _laid_out(value: torch.Tensor) -> torch.Tensor:
    """A copy that lies in memory as torch's kernels want it.

    Kernels of convolutions over images and volumes, `(*window, channels, filters)`, lie as `(filters, *window,
    channels)`: so their view with the filters first is channels-last to torch, and no call repacks it. All floats with
    as many axes lie so, slots of optimizers among them, since some kernels go through several side by side.
    """
    if value.ndim not in (4, 5) or not value.is_floating_point():
        return value.clone(memory_format=torch.contiguous_format)
    last = value.ndim - 1
    if value.is_contiguous():
        # Matrices alone are transposed by tiles that fit in the cache, ten times as fast.
        matrix = value.flatten(0, last - 1).t().clone(memory_format=torch.contiguous_format)
        stored = matrix.view(value.shape[last], *value.shape[:last])
    else:
        stored = value.permute(last, *range(last)).clone(memory_format=torch.contiguous_format)
    return stored.permute(*range(1, value.ndim), 0)


def lies_as_made(value: torch.Tensor) -> bool:
    """Whether a tensor lies in memory as a variable of its shape does that is made now."""
    if value.ndim not in (4, 5) or not value.is_floating_point():
        return value.is_contiguous()
    last = value.ndim - 1
    return value.permute(last, *range(last)).is_contiguous()


def assign(storage: torch.nn.Parameter, value: torch.Tensor) -> torch.nn.Parameter:
    """Copy the value into the parameter."""
    if torch.is_grad_enabled():
        with torch.no_grad():
            _copy(storage, value)
    else:
        _copy(storage, value)
    return storage


def _copy(storage: torch.Tensor, value: torch.Tensor) -> None:
    if value.ndim > 3 and value.numel() > _TILES and not torch.compiler.is_compiling():
        last = value.ndim - 1
        stored = storage.detach().permute(last, *range(last))
        if stored.is_contiguous() and value.is_contiguous():
            # A kernel as files and arrays hold it: see `_laid_out`.
            stored.view(value.shape[last], -1).copy_(value.flatten(0, last - 1).t())
            return
    storage.copy_(value)


def increment(storage: torch.nn.Parameter, amount: Any) -> None:
    """Add to the parameter in place, which torch does not record."""
    if torch.is_grad_enabled():
        with torch.no_grad():
            storage.add_(amount)
    else:
        storage.add_(amount)


def set_trainable(storage: torch.nn.Parameter, trainable: bool) -> None:
    """Whether torch records what is computed from it."""
    storage.requires_grad_(trainable and _differentiable(storage))


def _differentiable(x: torch.Tensor) -> bool:
    return x.is_floating_point() or x.is_complex()
