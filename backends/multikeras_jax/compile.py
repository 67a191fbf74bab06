"""Compiled steps by `jax.jit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from multikeras.backend import Spec, StepOptions
from multikeras_jax import tensors


def step(fn: Callable, options: StepOptions) -> Callable:
    """`fn`, which is pure, compiled by XLA."""
    return jax.jit(fn, donate_argnums=() if options.donate is None else options.donate)


def repeat(fn: Callable, options: StepOptions) -> Callable:
    """`fn`, which is pure, in a loop of XLA's."""

    def run(constants: Any, carry: Any, entries: Any) -> tuple[Any, Any]:
        carry, outputs = jax.lax.scan(lambda carry, entry: fn(constants, carry, entry), carry, entries)
        return carry, jax.tree.map(lambda x: x[-1], outputs)

    return jax.jit(run, donate_argnums=() if options.donate is None else options.donate)


feed = tensors.held_on_host


def host_call(fn: Callable[..., np.ndarray], spec: Spec, *arguments: Any) -> jax.Array:
    """The array that `fn`, called on NumPy arrays, returns; also inside a compiled step."""
    if not any(isinstance(x, Tracer) for x in arguments):
        return tensors.from_numpy(np.asarray(fn(*(np.asarray(x) for x in arguments))))
    result = jax.ShapeDtypeStruct(spec.shape, tensors.native_dtype(spec.dtype))
    return jax.pure_callback(lambda *xs: np.asarray(fn(*(np.asarray(x) for x in xs))), result, *arguments)
