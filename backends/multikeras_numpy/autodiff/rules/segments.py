"""Sums and extremes over entries that carry the same number. Products are differentiated by their composite."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.selection import kept_where


def _rows(y: Any, data: Any, ids: Any) -> tuple[Any, Any]:
    """The row of each entry's segment, of any row where it is in none; and whether it is in one."""
    count = y.shape[0]
    inside = (ids >= 0) & (ids < count)
    rows = ops.take(y, ids.clip(0, max(count - 1, 0)), 0)
    return rows, ops.broadcast_to(inside.reshape(-1, *(1,) * (len(data.shape) - 1)), data.shape)


def _sum(g: Any, y: Any, data: Any, ids: Any, *rest: Any) -> Any:
    if not g.shape[0]:
        return ops.zeros(data.shape, g.dtype.name)
    rows, inside = _rows(g, data, ids)
    return kept_where(inside, rows)


def _extreme(g: Any, y: Any, data: Any, ids: Any, *rest: Any) -> Any:
    if not g.shape[0]:
        return ops.zeros(data.shape, g.dtype.name)
    rows, inside = _rows(y, data, ids)
    # Equals share.
    hits = ops.logical_and(ops.equal(data, rows), inside)
    counts = ops.segment_sum(ops.cast(hits, g.dtype.name), ids, g.shape[0])
    shares, _ = _rows(g / ops.maximum(counts, 1.0), data, ids)
    return kept_where(hits, shares)


gradient(ops.segment_sum, needs="arguments", data=_sum)
gradient(ops.segment_max, data=_extreme)
gradient(ops.segment_min, data=_extreme)
