"""Spread: variance and standard deviation."""

from __future__ import annotations

import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(
    std=compiled(lambda x, axis, keepdims: jnp.std(x, axis, keepdims=keepdims), 1, 2),
    var=compiled(lambda x, axis, keepdims: jnp.var(x, axis, keepdims=keepdims), 1, 2),
)
