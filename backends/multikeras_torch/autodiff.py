"""Gradients by torch's autograd."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch

from multikeras.graph.operation import map_structure


def value_and_grad(fn: Callable, values: list[torch.Tensor], has_aux: bool = False) -> Any:
    """`(fn(values), gradients)`."""
    gradients, result = torch.func.grad_and_value(fn, has_aux=has_aux)(list(values))
    return result, list(gradients)


def pullback(fn: Callable, values: list[torch.Tensor]) -> tuple[list[Any], Callable]:
    """`(fn(values), pull)`."""
    varying: list[int] = []

    def split(*given: torch.Tensor) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        outputs = fn(list(given))
        varying[:] = [i for i, y in enumerate(outputs) if y.is_floating_point() or y.is_complex()]
        return tuple(outputs[i] for i in varying), tuple(outputs)

    found: Any = torch.func.vjp(split, *values, has_aux=True)
    _, pull, outputs = found
    return list(outputs), lambda cotangents: list(pull(tuple(cotangents[i] for i in varying)))


def record(fn: Callable, storages: list[torch.nn.Parameter]) -> tuple[tuple[Any, Any], list[Any]]:
    """`(fn(), gradients)` with respect to parameters."""
    with torch.enable_grad():
        value, aux = fn()
    gradients: list[Any] = [None] * len(storages)
    if value.requires_grad:
        wanted = [(i, s) for i, s in enumerate(storages) if s.requires_grad]
        found = torch.autograd.grad(value, [s for _, s in wanted], allow_unused=True)
        for (i, _), gradient in zip(wanted, found, strict=True):
            gradients[i] = gradient
    return (value.detach(), map_structure(_detached, aux)), gradients


def _detached(x: Any) -> Any:
    return x.detach() if isinstance(x, torch.Tensor) else x


def no_grad() -> AbstractContextManager:
    """A scope in which nothing is recorded."""
    return torch.no_grad()
