"""Logic on truth values, and whether tensors are close to each other."""

from __future__ import annotations

import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(
    allclose=compiled(jnp.allclose, 4),
    isclose=compiled(jnp.isclose, 4),
    logical_and=compiled(jnp.logical_and),
    logical_not=compiled(jnp.logical_not),
    logical_or=compiled(jnp.logical_or),
    logical_xor=compiled(jnp.logical_xor),
)
