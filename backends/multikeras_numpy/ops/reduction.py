"""Axes summed up, averaged, or reduced to their largest, smallest, any or all."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras.ops._rules import accumulated
from multikeras_numpy.kernels.sums import sums_over_first
from multikeras_numpy.table import table


def axes(x: Any, axis: Any) -> Any:
    """The axes as NumPy takes them."""
    if axis is None:
        return None
    if x.ndim == 0 and axis != ():
        # NumPy would take 0 and -1 for axes of a scalar.
        raise TypeError("a scalar has no axes")
    return tuple(axis) if isinstance(axis, list) else axis


# The dtype that entries are added up in: 16-bit floats would lose digits, and overflow.
_WIDE = {lattice.numpy_dtype(name): np.dtype("float32") for name in ("float16", "bfloat16")}
_ACCUMULATED = {lattice.numpy_dtype(name): lattice.numpy_dtype(accumulated(name)) for name in lattice.ALL}


@table.implements(ops.sum)
def sum(x: Any, axis: Any, keepdims: bool) -> Any:
    dtype = x.dtype
    if dtype in _WIDE:
        return _added(x, axis, keepdims, _WIDE[dtype]).astype(dtype)
    return _added(x, axis, keepdims, _ACCUMULATED[dtype])


def _added(x: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    totals = sums_over_first(x, axis, keepdims)
    return np.add.reduce(x, axis=axes(x, axis), dtype=dtype, keepdims=keepdims) if totals is None else totals


@table.implements(ops.mean)
def mean(x: Any, axis: Any, keepdims: bool) -> Any:
    if x.size == 0:
        # NumPy warns of empty slices.
        total = sum(x, axis, keepdims)
        return np.full(total.shape, np.nan, x.dtype)
    # Not np.mean, which costs as much again.
    total = _added(x, axis, keepdims, _WIDE.get(x.dtype))
    return (total / (x.size // total.size)).astype(x.dtype, copy=False)


@table.implements(ops.prod)
def prod(x: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    result = lattice.numpy_dtype(accumulated(x.dtype.name) if dtype is None else lattice.standardize(dtype))
    if result.name in ("float16", "bfloat16"):
        return np.prod(x, axis=axes(x, axis), dtype=np.float32, keepdims=keepdims).astype(result)
    return np.prod(x.astype(result, copy=False), axis=axes(x, axis), dtype=result, keepdims=keepdims)


@table.implements(ops.amax)
def amax(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.maximum.reduce(x, axis=axes(x, axis), keepdims=keepdims)


@table.implements(ops.amin)
def amin(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.minimum.reduce(x, axis=axes(x, axis), keepdims=keepdims)


@table.implements(ops.max)
def max(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    if initial is None:
        return amax(x, axis, keepdims)
    start = np.asarray(initial).astype(x.dtype)
    return np.maximum.reduce(x, axis=axes(x, axis), keepdims=keepdims, initial=start)


@table.implements(ops.min)
def min(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    if initial is None:
        return amin(x, axis, keepdims)
    start = np.asarray(initial).astype(x.dtype)
    return np.minimum.reduce(x, axis=axes(x, axis), keepdims=keepdims, initial=start)


def _truth(x: Any) -> Any:
    return x if x.dtype.kind == "b" else x != 0


@table.implements(ops.any)
def any(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.logical_or.reduce(_truth(x), axis=axes(x, axis), keepdims=keepdims)


@table.implements(ops.all)
def all(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.logical_and.reduce(_truth(x), axis=axes(x, axis), keepdims=keepdims)


@table.implements(ops.argmax)
def argmax(x: Any, axis: int | None, keepdims: bool) -> Any:
    return np.argmax(x, axis=axes(x, axis), keepdims=keepdims).astype(np.int32)


@table.implements(ops.argmin)
def argmin(x: Any, axis: int | None, keepdims: bool) -> Any:
    return np.argmin(x, axis=axes(x, axis), keepdims=keepdims).astype(np.int32)


@table.implements(ops.count_nonzero)
def count_nonzero(x: Any, axis: Any) -> Any:
    return np.asarray(np.count_nonzero(x, axis=axes(x, axis))).astype(np.int32)
