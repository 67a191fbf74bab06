"""The cardinal sine and cube roots."""

from __future__ import annotations

import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(cbrt=compiled(jnp.cbrt), sinc=compiled(jnp.sinc))
