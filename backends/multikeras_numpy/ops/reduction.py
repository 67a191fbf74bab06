"""Axes summed up, averaged, or reduced to their largest, smallest, any or all."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras.ops._rules import accumulated
from multikeras_numpy.table import table


def axes(x: Any, axis: Any) -> Any:
    """The axes as NumPy takes them."""
    if axis is None:
        return None
    if x.ndim == 0 and axis != ():
        # NumPy would take 0 and -1 for axes of a scalar.
        raise TypeError("a scalar has no axes")
    return tuple(axis) if isinstance(axis, list) else axis


def _wide(x: Any) -> Any:
    """The dtype that entries are added up in: 16-bit floats would lose digits, and overflow."""
    return np.float32 if x.dtype.itemsize == 2 and x.dtype.name in lattice.FLOATS else None


@table.implements(ops.sum)
def sum(x: Any, axis: Any, keepdims: bool) -> Any:
    name = x.dtype.name
    wide = _wide(x)
    if wide is not None:
        return np.add.reduce(x, axes(x, axis), wide, None, keepdims).astype(x.dtype)
    return np.add.reduce(x, axes(x, axis), lattice.numpy_dtype(accumulated(name)), None, keepdims)


@table.implements(ops.mean)
def mean(x: Any, axis: Any, keepdims: bool) -> Any:
    if x.size == 0:
        # NumPy warns of empty slices.
        total = sum(x, axis, keepdims)
        return np.full(total.shape, np.nan, x.dtype)
    return np.mean(x, axis=axes(x, axis), dtype=_wide(x), keepdims=keepdims).astype(x.dtype, copy=False)


@table.implements(ops.prod)
def prod(x: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    result = lattice.numpy_dtype(accumulated(x.dtype.name) if dtype is None else lattice.standardize(dtype))
    if result.name in ("float16", "bfloat16"):
        return np.prod(x, axis=axes(x, axis), dtype=np.float32, keepdims=keepdims).astype(result)
    return np.prod(x.astype(result, copy=False), axis=axes(x, axis), dtype=result, keepdims=keepdims)


def _initial(x: Any, initial: Any) -> Any:
    return np._NoValue if initial is None else np.asarray(initial).astype(x.dtype)


@table.implements(ops.max)
def max(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    return np.maximum.reduce(x, axes(x, axis), None, None, keepdims, _initial(x, initial))


@table.implements(ops.min)
def min(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    return np.minimum.reduce(x, axes(x, axis), None, None, keepdims, _initial(x, initial))


@table.implements(ops.amax)
def amax(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.maximum.reduce(x, axes(x, axis), None, None, keepdims)


@table.implements(ops.amin)
def amin(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.minimum.reduce(x, axes(x, axis), None, None, keepdims)


@table.implements(ops.any)
def any(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.logical_or.reduce(x != 0, axes(x, axis), None, None, keepdims)


@table.implements(ops.all)
def all(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.logical_and.reduce(x != 0, axes(x, axis), None, None, keepdims)


@table.implements(ops.argmax)
def argmax(x: Any, axis: int | None, keepdims: bool) -> Any:
    return np.argmax(x, axis=axis, keepdims=keepdims).astype(np.int32)


@table.implements(ops.argmin)
def argmin(x: Any, axis: int | None, keepdims: bool) -> Any:
    return np.argmin(x, axis=axis, keepdims=keepdims).astype(np.int32)


@table.implements(ops.count_nonzero)
def count_nonzero(x: Any, axis: Any) -> Any:
    return np.asarray(np.count_nonzero(x, axis=axes(x, axis))).astype(np.int32)
