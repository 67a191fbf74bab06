"""How many entries have which value, and signals one along the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.ops.sorting import sortable
from multikeras_numpy.table import table


@table.implements(ops.bincount)
def bincount(x: Any, weights: Any, minlength: int, sparse: bool) -> Any:
    if weights is not None or x.ndim != 1 or sparse or x.dtype.kind not in "iub":
        body = table.composite(ops.bincount)
        return body(x, weights, minlength, sparse)
    if isinstance(minlength, bool):
        raise TypeError("an integer")
    return np.bincount(x.astype(np.int64, copy=False), minlength=minlength).astype(np.int32)


@table.implements(ops.correlate)
def correlate(x1: Any, x2: Any, mode: Any) -> Any:
    wide = np.float32 if x1.dtype.itemsize == 2 else x1.dtype
    return np.correlate(x1.astype(wide, copy=False), x2.astype(wide, copy=False), mode).astype(x1.dtype, copy=False)


@table.implements(ops.digitize)
def digitize(x: Any, bins: Any) -> Any:
    if bins.ndim != 1 or x.dtype.kind == "c" or bins.dtype.kind == "c":
        raise ValueError("a vector of real numbers")
    x, bins = sortable(x), sortable(bins)
    if bins.size < 2 or bins[0] <= bins[-1]:
        return np.searchsorted(bins, x, "right").astype(np.int32)
    return (bins.size - np.searchsorted(bins[::-1], x, "right")).astype(np.int32)


@table.implements(ops.histogram)
def histogram(x: Any, bins: int, range: Any) -> tuple[Any, Any]:
    ends: Any = None if x.size == 0 else (float(x.min()), float(x.max())) if range is None else tuple(map(float, range))
    known = ends is None or (np.isfinite(ends).all() and ends[0] <= ends[1])
    if isinstance(bins, bool) or bins < 1 or not known or x.dtype.itemsize == 2:
        body = table.composite(ops.histogram)
        return body(x, bins, range)
    counts, edges = np.histogram(x, bins, ends)
    return counts.astype(x.dtype), edges.astype(x.dtype)


table.alias(copy=lambda x: x.copy())
