"""Sums, products and extremes over entries that carry the same number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras.ops.segments import greatest_of, least_of
from multikeras_jax.compiled import compiled, size_from_values
from multikeras_jax.table import table


def _count(name: str, ids: Any) -> int:
    with size_from_values(f"ops.{name}(data, segment_ids)", "num_segments=..."):
        return int(jnp.max(ids, initial=-1)) + 1


def _reduction(name: str) -> Callable:
    reduce = getattr(jax.ops, name)

    def dropped(data: Any, ids: Any, count: int, sorted: bool) -> Any:
        if data.ndim < 1 or ids.shape != data.shape[:1] or not jnp.issubdtype(ids.dtype, jnp.integer):
            raise ValueError("one number for each entry")
        if data.dtype == bool or jnp.issubdtype(data.dtype, jnp.complexfloating):
            raise TypeError("real numbers")
        if data.dtype != jnp.float8_e4m3fn:
            return reduce(data, ids, count, indices_are_sorted=sorted)
        # Where JAX starts from an infinity this dtype has nan.
        wide = reduce(data.astype(jnp.float32), ids, count, indices_are_sorted=sorted)
        return jnp.clip(wide, least_of(data.dtype.name), greatest_of(data.dtype.name)).astype(data.dtype)

    fast = compiled(dropped, 2, 3)

    def run(data: Any, ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        if num_segments is None:
            num_segments = _count(name, ids)
        return fast(data, ids, num_segments, bool(sorted))

    return run


table.alias(**{name: _reduction(name) for name in ("segment_sum", "segment_max", "segment_min")})


@table.implements(ops.segment_prod)
def segment_prod(data: Any, ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
    # JAX's own has no gradient.
    if num_segments is None:
        num_segments = _count("segment_prod", ids)
    return table.compiled_composite(ops.segment_prod)(data, ids, num_segments, sorted)
