"""Between tensors and the rest of the world."""

from __future__ import annotations

import jax

from multikeras_jax.table import table

table.alias(stop_gradient=jax.lax.stop_gradient)
