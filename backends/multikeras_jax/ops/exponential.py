"""Exponentials, logarithms and roots, entry by entry."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _exp2(x: jax.Array) -> jax.Array:
    """XLA's is `exp(x log(2))`, the product rounded to the dtype."""
    return jnp.exp2(x.astype(jnp.float32)).astype(x.dtype) if x.dtype.itemsize == 2 else jnp.exp2(x)


table.alias(
    exp=compiled(jnp.exp),
    exp2=compiled(_exp2),
    expm1=compiled(jnp.expm1),
    log=compiled(jnp.log),
    log10=compiled(jnp.log10),
    log1p=compiled(jnp.log1p),
    log2=compiled(jnp.log2),
    logaddexp=compiled(jnp.logaddexp),
    rsqrt=compiled(jax.lax.rsqrt),
    sqrt=compiled(jnp.sqrt),
)
