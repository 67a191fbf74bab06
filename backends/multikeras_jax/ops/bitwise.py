"""Operations on the bits of integers, entry by entry."""

from __future__ import annotations

import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(
    bitwise_and=compiled(jnp.bitwise_and),
    bitwise_left_shift=compiled(jnp.left_shift),
    bitwise_not=compiled(jnp.bitwise_not),
    bitwise_or=compiled(jnp.bitwise_or),
    bitwise_right_shift=compiled(jnp.right_shift),
    bitwise_xor=compiled(jnp.bitwise_xor),
)
