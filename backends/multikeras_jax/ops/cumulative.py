"""Running sums and products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table
from multikeras_jax.tensors import native_dtype


def _run(scan: Callable, x: Any, axis: int | None, dtype: Any) -> Any:
    result = x.dtype if dtype is None else native_dtype(standardize(dtype))
    if result.name in ("float16", "bfloat16"):
        return scan(x.astype(result), axis, jnp.float32).astype(result)
    return scan(x.astype(result), axis, result)


@table.implements(ops.cumsum)
def cumsum(x: Any, axis: int | None, dtype: Any) -> Any:
    return _cumsum(x, axis, dtype)


@table.implements(ops.cumprod)
def cumprod(x: Any, axis: int | None, dtype: Any) -> Any:
    return _cumprod(x, axis, dtype)


_cumsum = compiled(lambda x, axis, dtype: _run(jnp.cumsum, x, axis, dtype), 1, 2)
_cumprod = compiled(lambda x, axis, dtype: _run(jnp.cumprod, x, axis, dtype), 1, 2)
