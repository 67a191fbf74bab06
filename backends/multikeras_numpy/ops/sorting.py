"""Entries in order, and the largest of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.kernels.stable_order import stable_order
from multikeras_numpy.table import table

table.takes_tensors_only("searchsorted")


def sortable(x: Any) -> Any:
    """`x` in a dtype in which NumPy puts nan last: it does not know how for those of ml_dtypes."""
    return x if x.dtype.kind != "V" and x.dtype.isbuiltin else x.astype(np.float32)


@table.implements(ops.sort)
def sort(x: Any, axis: int | None = -1) -> Any:
    if x.ndim == 0 and axis is not None:
        return np.sort(x.reshape(1), axis).reshape(())
    return np.sort(sortable(x), axis).astype(x.dtype, copy=False)


@table.implements(ops.argsort)
def argsort(x: Any, axis: int | None = -1) -> Any:
    if x.ndim == 0 and axis is not None:
        return np.argsort(x.reshape(1), axis).reshape(()).astype(np.int32)
    return stable_order(sortable(x), axis)


@table.implements(ops.argpartition)
def argpartition(x: Any, kth: int, axis: int | None) -> Any:
    if x.ndim == 0 and axis is not None:
        raise ValueError("a scalar has no axes")
    return np.argpartition(sortable(x), kth.__index__(), axis).astype(np.int32)


@table.implements(ops.top_k)
def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    size = x.shape[-1]
    if isinstance(k, bool) or not 0 <= k <= size:
        raise ValueError("no such number")
    keys = sortable(x)
    if k < size:
        places = np.argpartition(keys, size - k if k else 0, -1)[..., size - k :]
        places.sort(-1)
    else:
        places = np.broadcast_to(np.arange(size), x.shape)
    if sorted:
        picked = np.take_along_axis(keys, places, -1)
        # From the largest to the smallest, the first of equals first.
        reverse = np.argsort(picked[..., ::-1], -1, kind="stable")[..., ::-1]
        places = np.take_along_axis(places, picked.shape[-1] - 1 - reverse, -1)
    return np.take_along_axis(x, places, -1), places.astype(np.int32)


@table.implements(ops.searchsorted)
def searchsorted(sorted_sequence: Any, values: Any, side: Any = "left") -> Any:
    return np.searchsorted(sortable(sorted_sequence), sortable(values), side).astype(np.int32)
