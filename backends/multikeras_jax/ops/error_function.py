"""The error function and its inverse, entry by entry."""

from __future__ import annotations

import jax

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(
    erf=compiled(jax.lax.erf),
    erfc=compiled(jax.lax.erfc),
    erfinv=compiled(jax.lax.erf_inv),
)
