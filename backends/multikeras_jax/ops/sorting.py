"""Entries in order, and the largest of them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras.ops._rules import canonical_axis
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


def _parted(x: Any, kth: int, axis: int) -> Any:
    """Places in rising order up to one of them, or from it on, whichever end is shorter; the rest as they were."""
    rows = jnp.moveaxis(x, axis, -1)
    size = rows.shape[-1]
    low = kth < size // 2
    if jnp.issubdtype(rows.dtype, jnp.floating):
        # All of nan in one place, the last.
        rows = jnp.where(jnp.isnan(rows), jnp.nan, rows)
        keys = -rows if low else rows
        if low:
            keys = jnp.where(jnp.isnan(rows), -jnp.inf, keys)
    else:
        # Not its opposite, which the least number has not.
        keys = ~rows if low else rows
    chosen = jax.lax.top_k(keys, kth + 1 if low else size - kth)[1]
    lead = rows.shape[:-1]
    flat = chosen.reshape(-1, chosen.shape[-1])
    row = jnp.arange(flat.shape[0])[:, None]
    left = jnp.ones((flat.shape[0], size), bool).at[row, flat].set(False)
    place = jnp.where(left, jnp.cumsum(left, -1, dtype=jnp.int32) - 1, size)
    others = jnp.zeros((flat.shape[0], size - flat.shape[1]), jnp.int32)
    others = others.at[row, place].set(jnp.arange(size, dtype=jnp.int32), mode="drop", unique_indices=False)
    both = (flat, others) if low else (others, flat[:, ::-1])
    return jnp.moveaxis(jnp.concatenate(both, -1).astype(jnp.int32).reshape(*lead, size), -1, axis)


_part = compiled(_parted, 1, 2)
_PARTED = ("float32", "float64", "int32", "int64")


@table.implements(ops.argpartition)
def argpartition(x: Any, kth: int, axis: int | None) -> Any:
    if axis is None:
        x, axis = x.reshape(-1), 0
    axis = canonical_axis(axis, x.ndim)
    size = x.shape[axis]
    if isinstance(kth, bool) or not -size <= kth.__index__() < size:
        raise ValueError("no such place")
    if x.dtype.name not in _PARTED or x.size == 0:
        return table.native["argsort"](x, axis)
    return _part(x, kth.__index__() % size, axis)
