"""Exponentials, logarithms and roots, entry by entry."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(
    exp=compiled(jnp.exp),
    exp2=compiled(jnp.exp2),
    expm1=compiled(jnp.expm1),
    log=compiled(jnp.log),
    log10=compiled(jnp.log10),
    log1p=compiled(jnp.log1p),
    log2=compiled(jnp.log2),
    logaddexp=compiled(jnp.logaddexp),
    rsqrt=compiled(jax.lax.rsqrt),
    sqrt=compiled(jnp.sqrt),
)
