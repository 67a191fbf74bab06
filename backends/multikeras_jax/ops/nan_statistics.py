"""Means of what is a number."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

_kernel = compiled(lambda x, axis, keepdims: jnp.nanmean(x, axis, keepdims=keepdims), 1, 2)


@table.implements(ops.nanmean)
def nanmean(x: Any, axis: Any, keepdims: bool) -> Any:
    kernel = _kernel if x.dtype.name in ("float32", "float64") else table.compiled_composite(ops.nanmean)
    return kernel(x, axis, keepdims)
