"""Tensors as sets. Arrays without entries, and those that are filled up, are left to the composites."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.ops.sorting import sortable
from multikeras_numpy.table import table

table.takes_tensors_only("isin")


@table.implements(ops.isin)
def isin(x1: Any, x2: Any, assume_unique: bool, invert: bool) -> Any:
    # What is told of uniqueness NumPy would take for granted.
    return np.isin(sortable(x1), sortable(x2), invert=invert)


@table.implements(ops.unique)
def unique(
    x: Any,
    sorted: bool,
    return_index: bool,
    return_inverse: bool,
    return_counts: bool,
    axis: int | None,
    size: int | None,
    fill_value: Any,
) -> Any:
    if size is not None or x.size == 0 or x.ndim == 0:
        body = table.composite(ops.unique)
        return body(x, sorted, return_index, return_inverse, return_counts, axis, size, fill_value)
    asked = return_index, return_inverse, return_counts
    kernel: Any = np.unique
    found = kernel(sortable(x), *asked, axis=axis, equal_nan=False)
    if not any(asked):
        return found.astype(x.dtype, copy=False)
    values, *rest = found
    rest = [each.astype(np.int32, copy=False) for each in rest]
    if return_inverse:
        place = int(return_index)
        rest[place] = rest[place].reshape(x.shape if axis is None else (-1,))
    return (values.astype(x.dtype, copy=False), *rest)
