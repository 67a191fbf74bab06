"""Activations that JAX has kernels for, or knows the gradient of."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from multikeras import ops
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _softplus(x: Any) -> Any:
    return jnp.logaddexp(x, jnp.zeros((), x.dtype))


def _squareplus(x: Any, b: Any) -> Any:
    # The larger root of y * (y - size) = b / 4 in size; the terms of the other one would cancel. Both slopes at 0 are
    # those from above: their sum is right.
    positive = x >= 0
    size = jnp.where(positive, x, -x)
    return jnp.where(positive, x, 0) + (b / 2) / (size + jnp.sqrt(size * size + b))


_smooth = compiled(lambda x, b: _squareplus(x, b.astype(x.dtype)))


@table.implements(ops.squareplus)
def squareplus(x: Any, b: float) -> Any:
    if x.dtype.itemsize < 4 or not isinstance(b, (int, float)) or b <= 0:
        return table.compiled_composite(ops.squareplus)(x, b)
    return _smooth(x, np.float64(b))


table.alias(
    relu=compiled(jax.nn.relu),
    sigmoid=compiled(jax.nn.sigmoid),
    softplus=compiled(_softplus),
)
