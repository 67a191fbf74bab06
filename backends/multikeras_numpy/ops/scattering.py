"""Windows read and written, and entries written by index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops.scattering import ORDERED
from multikeras_numpy.table import table


def _window(start_indices: Any, sizes: Sequence[int], shape: Sequence[int]) -> tuple[slice, ...]:
    starts = [start.__index__() for start in np.atleast_1d(start_indices)]
    ends = [n if size == -1 else s + size for s, size, n in zip(starts, sizes, shape, strict=True)]
    if any(s < 0 or e < s or e > n for s, e, n in zip(starts, ends, shape, strict=True)):
        raise IndexError("a window that sticks out")
    return tuple(slice(s, e) for s, e in zip(starts, ends, strict=True))


@table.implements(ops.slice)
def slice_(inputs: Any, start_indices: Any, shape: Any) -> Any:
    return inputs[_window(start_indices, shape, inputs.shape)]


@table.implements(ops.slice_update)
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    result = np.array(inputs)
    result[_window(start_indices, updates.shape, inputs.shape)] = updates
    return result


@table.implements(ops.scatter)
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    result = np.zeros(shape, values.dtype)
    np.add.at(result, _key(indices), values)
    return result


_COMBINE = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}


@table.implements(ops.scatter_update)
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    if reduction in ORDERED and inputs.dtype.kind == "c":
        raise TypeError("complex numbers have no order")
    result = np.array(inputs)
    key = _key(indices)
    if updates.ndim > indices.ndim - 1 + result.ndim - len(key):
        raise ValueError("more axes than entries have")
    if reduction is None:
        result[key] = updates
    else:
        _COMBINE[reduction].at(result, key, updates.astype(result.dtype, copy=False))
    return result


def _key(indices: Any) -> tuple[Any, ...]:
    if indices.dtype.kind == "b":
        raise TypeError("bools are no places")
    return tuple(np.moveaxis(indices, -1, 0))
