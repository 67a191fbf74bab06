"""Integrals over neighbours, and signals one along the other."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras.ops._rules import canonical_axis
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

_of_distance = compiled(lambda y, dx, axis: jnp.trapezoid(y, dx=dx, axis=axis), 2)


@table.implements(ops.trapezoid)
def trapezoid(y: Any, x: Any, dx: float, axis: int) -> Any:
    if x is None and y.size and y.ndim and y.dtype.itemsize > 2:
        return _of_distance(y, dx, canonical_axis(axis, y.ndim))
    return table.compiled_composite(ops.trapezoid)(y, x, dx, axis)


_correlate = compiled(jnp.correlate, 2)


@table.implements(ops.correlate)
def correlate(x1: Any, x2: Any, mode: str) -> Any:
    plain = x1.ndim == x2.ndim == 1 and x1.size and x2.size and x1.dtype.itemsize > 2
    if not plain or mode not in ("valid", "same", "full"):
        return table.compiled_composite(ops.correlate)(x1, x2, mode)
    return _correlate(x1, x2, mode)


table.takes_tensors_only("correlate", "trapezoid")
