"""Gradients by JAX's transforms. JAX's of complex numbers are the conjugates of the contract's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import jax
import jax.numpy as jnp


def value_and_grad(fn: Callable, values: list[Any], has_aux: bool = False) -> Any:
    """`(fn(values), gradients)`."""
    result, gradients = jax.value_and_grad(fn, has_aux=has_aux)(list(values))
    return result, [conjugate(g) for g in gradients]


def pullback(fn: Callable, values: list[Any]) -> tuple[list[Any], Callable]:
    """`(fn(values), pull)`."""
    varying: list[int] = []

    def split(given: list[Any]) -> tuple[list[Any], list[Any]]:
        outputs = [jnp.asarray(y) for y in fn(list(given))]
        varying[:] = [i for i, y in enumerate(outputs) if jnp.issubdtype(y.dtype, jnp.inexact)]
        return [outputs[i] for i in varying], outputs

    _, pull, outputs = jax.vjp(split, list(values), has_aux=True)
    return outputs, lambda cotangents: [conjugate(g) for g in pull([conjugate(cotangents[i]) for i in varying])[0]]


def conjugate(x: Any) -> Any:
    """Between JAX's gradients of complex numbers and the contract's, either way."""
    return x.conj() if jnp.iscomplexobj(x) else x


def no_grad() -> AbstractContextManager:
    """JAX records nothing unless asked."""
    return contextlib.nullcontext()
