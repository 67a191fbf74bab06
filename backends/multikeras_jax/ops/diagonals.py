"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras.ops._rules import accumulated
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _trace(x: Any, offset: int, axis1: int, axis2: int) -> Any:
    return jnp.trace(x, offset, axis1, axis2, dtype=accumulated(x.dtype.name))


table.alias(
    diag=compiled(jnp.diag, 1),
    diagonal=compiled(jnp.diagonal, 1, 2, 3),
    trace=compiled(_trace, 1, 2, 3),
    tril=compiled(jnp.tril, 1),
    triu=compiled(jnp.triu, 1),
)
