"""Entries picked by index."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops._indices import as_key
from multikeras_numpy.table import table


@table.implements(ops.get_item)
def get_item(x: Any, key: Any) -> Any:
    for entry in key if type(key) is tuple else (key,):
        kind = type(entry)
        if kind is not int and kind is not slice and entry is not None and entry is not Ellipsis:
            break
    else:
        return x[key]
    key = as_key(key)
    if any(isinstance(entry, (bool, np.bool_, str)) for entry in key):
        raise IndexError("NumPy takes these for masks and fields")
    return x[key]


def _places(indices: Any) -> Any:
    if indices.dtype.kind == "b":
        raise TypeError("bools are no places")
    # NumPy refuses to cast these to its index type.
    return indices.astype(np.int64) if indices.dtype == np.uint64 else indices


@table.implements(ops.take)
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    if axis is not None and x.ndim == 0:
        # NumPy would take a scalar for a tensor of one axis.
        raise ValueError("no axes")
    return np.take(x, _places(indices), axis)


@table.implements(ops.take_along_axis)
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    return np.take_along_axis(x, _places(indices), axis)
