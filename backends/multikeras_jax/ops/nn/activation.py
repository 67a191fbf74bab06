"""Activations that JAX has kernels for, or knows the gradient of."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _softplus(x: Any) -> Any:
    return jnp.logaddexp(x, jnp.zeros((), x.dtype))


table.alias(
    relu=compiled(jax.nn.relu),
    sigmoid=compiled(jax.nn.sigmoid),
    softplus=compiled(_softplus),
)
