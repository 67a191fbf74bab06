"""Trigonometric and hyperbolic functions, entry by entry."""

from __future__ import annotations

import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(
    arccos=compiled(jnp.arccos),
    arccosh=compiled(jnp.arccosh),
    arcsin=compiled(jnp.arcsin),
    arcsinh=compiled(jnp.arcsinh),
    arctan=compiled(jnp.arctan),
    arctan2=compiled(jnp.arctan2),
    arctanh=compiled(jnp.arctanh),
    cos=compiled(jnp.cos),
    cosh=compiled(jnp.cosh),
    hypot=compiled(jnp.hypot),
    sin=compiled(jnp.sin),
    sinh=compiled(jnp.sinh),
    tan=compiled(jnp.tan),
    tanh=compiled(jnp.tanh),
)
