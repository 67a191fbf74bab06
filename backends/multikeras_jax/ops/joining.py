"""Tensors joined into one, and one taken apart."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras.ops.joining import split_points
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table

table.alias(concatenate=compiled(jnp.concatenate, 1), stack=compiled(jnp.stack, 1))

_unstack = compiled(lambda x, axis: tuple(jnp.unstack(x, axis=axis)), 1)


def _cut(x: Any, starts: Any, ends: Any, axis: int) -> list[Any]:
    return [jax.lax.slice_in_dim(x, a, b, axis=axis) for a, b in zip(starts, ends, strict=True)]


_parts = compiled(_cut, 1, 2, 3)


@table.implements(ops.unstack)
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    if num is not None and num != x.shape[axis]:
        raise ValueError(f"{x.shape[axis]} entries, not {num}")
    return list(_unstack(x, axis)) if x.shape[axis] else []


@table.implements(ops.split)
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    cuts = split_points(x.shape[axis], indices_or_sections, even=True)
    # A cut before the last one leaves nothing between them.
    starts = [0, *cuts]
    ends = [max(a, b) for a, b in zip(starts, [*cuts, x.shape[axis]], strict=True)]
    return list(_parts(x, tuple(starts), tuple(ends), axis))
