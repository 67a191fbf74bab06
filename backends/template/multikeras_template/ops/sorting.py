"""Entries in order. The order is NumPy's; the entries are picked, which has a gradient."""

from typing import Any

import numpy as np
from autograd.tracer import getval

from multikeras import ops
from multikeras_template.picking import moving
from multikeras_template.precision import NARROW
from multikeras_template.table import table


def _sortable(x: Any) -> Any:
    # NumPy puts nan last, but only that of its own dtypes.
    return getval(x).astype(np.float32) if x.dtype.name in NARROW else getval(x)


@table.implements(ops.argsort)
def argsort(x: Any, axis: int | None) -> Any:
    flat = getval(x).reshape(-1) if axis is None or x.ndim == 0 else getval(x)
    order = np.argsort(_sortable(flat), -1 if axis is None else axis, kind="stable").astype(np.int32)
    return order if axis is None else order.reshape(x.shape)


_along = moving(np.take_along_axis)


@table.implements(ops.sort)
def sort(x: Any, axis: int | None) -> Any:
    if x.ndim == 0:
        return x.reshape(argsort(x, axis).shape)
    return _along(x, argsort(x, axis), axis)


@table.implements(ops.top_k)
def top_k(x: Any, k: int, sorted: bool) -> Any:
    size = x.shape[-1]
    if isinstance(k, bool) or not 0 <= k <= size:
        raise ValueError("not that many")
    # From the end, so that the first of equals comes first.
    places = (size - 1 - np.argsort(_sortable(x)[..., ::-1], -1, kind="stable"))[..., ::-1][..., :k]
    return _along(x, places, -1), places.astype(np.int32)


@table.implements(ops.searchsorted)
def searchsorted(sorted_sequence: Any, values: Any, side: Any) -> Any:
    return np.searchsorted(_sortable(sorted_sequence), _sortable(values), side).astype(np.int32)
