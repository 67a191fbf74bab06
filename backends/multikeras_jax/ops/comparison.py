"""Comparisons and choice, entry by entry."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras_jax.compiled import compiled, size_from_values
from multikeras_jax.table import table

table.alias(
    equal=compiled(jnp.equal),
    greater=compiled(jnp.greater),
    greater_equal=compiled(jnp.greater_equal),
    less=compiled(jnp.less),
    less_equal=compiled(jnp.less_equal),
    not_equal=compiled(jnp.not_equal),
)

_choose = compiled(jnp.where)


@table.implements(ops.where)
def where(condition: Any, x1: Any, x2: Any) -> Any:
    if x1 is None and x2 is None:
        if condition.ndim == 0:
            raise ValueError("no places in a scalar")
        with size_from_values("ops.where(condition)", "ops.where(condition, x1, x2)"):
            return tuple(places.astype(jnp.int32) for places in jnp.nonzero(condition))
    if x1 is None or x2 is None:
        raise TypeError("one of two")
    return _choose(condition, x1, x2)
