"""Which entries are numbers, and what takes the place of those that are not."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(isfinite=compiled(jnp.isfinite), isinf=compiled(jnp.isinf), isnan=compiled(jnp.isnan))

_replaced = compiled(jnp.nan_to_num, 1)


@table.implements(ops.nan_to_num)
def nan_to_num(x: Any, nan: float, posinf: float | None, neginf: float | None) -> Any:
    if x.dtype.name not in lattice.FLOATS and x.dtype.name not in lattice.COMPLEX:
        return x
    return _replaced(x, True, nan, posinf, neginf)
