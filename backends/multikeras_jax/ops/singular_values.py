"""Singular values of matrices."""

from __future__ import annotations

import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(singular_values=compiled(lambda x: jnp.linalg.svd(x, compute_uv=False)))
