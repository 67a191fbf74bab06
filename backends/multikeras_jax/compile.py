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


def repeats() -> bool:
    """Loops run on every device."""
    return True


def repeat(fn: Callable, options: StepOptions) -> Callable:
    """`fn`, which is pure, in a loop of XLA's."""

    def run(constants: Any, carry: Any, entries: Any) -> tuple[Any, Any]:
        carry, outputs = jax.lax.scan(lambda carry, entry: fn(constants, carry, entry), carry, entries)
        return carry, jax.tree.map(lambda x: x[-1], outputs)

    return jax.jit(run, donate_argnums=() if options.donate is None else options.donate)


feed = tensors.held_on_host


# What only moves or views values.
# fmt: off
_NO_KERNELS = frozenset({
    "broadcast_in_dim", "convert_element_type", "copy", "copy_p", "iota", "reshape", "slice", "squeeze",
    "stop_gradient", "transpose", "expand_dims",
})
# fmt: on


def kernels(fn: Callable, *values: Any) -> list[str]:
    """The primitives of the program that XLA is given, which it fuses further."""
    found: list[str] = []

    def gather(jaxpr: Any) -> None:
        for equation in jaxpr.eqns:
            inner = [p for v in equation.params.values() for p in (v if isinstance(v, (list, tuple)) else [v])]
            inner = [getattr(p, "jaxpr", p) for p in inner]
            inner = [p for p in inner if hasattr(p, "eqns")]
            name = equation.primitive.name
            if (not inner or name in ("scan", "while", "cond")) and name not in _NO_KERNELS:
                found.append(name)
            for program in inner:
                gather(program)

    gather(jax.make_jaxpr(fn)(*values).jaxpr)
    return found


def host_call(fn: Callable[..., np.ndarray], spec: Spec, *arguments: Any) -> jax.Array:
    """The array that `fn`, called on NumPy arrays, returns; also inside a compiled step."""
    if not any(isinstance(x, Tracer) for x in arguments):
        return tensors.from_numpy(np.asarray(fn(*(np.asarray(x) for x in arguments))))
    result = jax.ShapeDtypeStruct(spec.shape, tensors.native_dtype(spec.dtype))
    return jax.pure_callback(lambda *xs: np.asarray(fn(*(np.asarray(x) for x in xs))), result, *arguments)
