"""Entries in order, and the largest of them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _sort(x: Any, axis: int | None) -> Any:
    if x.ndim == 0 and axis in (0, -1):
        return x
    return jnp.sort(x, axis)


def _argsort(x: Any, axis: int | None) -> Any:
    if x.ndim == 0 and axis in (0, -1):
        return jnp.zeros((), jnp.int32)
    return jnp.argsort(x, axis, stable=True).astype(jnp.int32)


def _search(sorted_sequence: Any, values: Any, side: str) -> Any:
    return jnp.searchsorted(sorted_sequence, values, side).astype(jnp.int32)


table.alias(sort=compiled(_sort, 1), argsort=compiled(_argsort, 1), searchsorted=compiled(_search, 2))


def _top_k(x: Any, k: int) -> Any:
    if x.dtype == bool:
        values, places = jax.lax.top_k(x.astype(jnp.int8), k)
        return values.astype(bool), places.astype(jnp.int32)
    values, places = jax.lax.top_k(x, k)
    return values, places.astype(jnp.int32)


_largest = compiled(_top_k, 1)


@table.implements(ops.top_k)
def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    if isinstance(k, bool) or not 0 <= k <= x.shape[-1]:
        raise ValueError("no such number")
    return tuple(_largest(x, k))
