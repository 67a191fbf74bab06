"""Singular values of matrices."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras_jax.table import table


@table.implements(ops.singular_values)
def singular_values(x: Any) -> Any:
    return jnp.linalg.svd(x, compute_uv=False)
