"""Parts of complex numbers, entry by entry."""

from __future__ import annotations

import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(
    conj=compiled(jnp.conj),
    conjugate=compiled(jnp.conj),
    imag=compiled(jnp.imag),
    real=compiled(jnp.real),
)
