"""Gradients by JAX's transforms."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import jax


def value_and_grad(fn: Callable, values: list[Any], has_aux: bool = False) -> Any:
    """`(fn(values), gradients)`."""
    result, gradients = jax.value_and_grad(fn, has_aux=has_aux)(list(values))
    return result, list(gradients)


def no_grad() -> AbstractContextManager:
    """JAX records nothing unless asked."""
    return contextlib.nullcontext()
