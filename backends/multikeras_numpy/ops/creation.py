"""Tensors made from nothing but a shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.dtypes.lattice import numpy_dtype, standardize
from multikeras.ops.ranges import range_dtype
from multikeras_numpy.table import table

# Below this integers of 32 bits can be counted up to without going beyond.
_MOST = 2**30


def _dtype(dtype: Any) -> np.dtype:
    return numpy_dtype(standardize(dtype))


def _like(x: Any, dtype: Any) -> np.dtype:
    return x.dtype if dtype is None else numpy_dtype(standardize(dtype))


def held(value: Any, dtype: np.dtype) -> Any:
    """A number to fill with, whole where the dtype is: it has to fit, which NumPy does not ask of floats."""
    return int(value) if type(value) is float and dtype.kind in "iu" else value


@table.implements(ops.zeros)
def zeros(shape: Any, dtype: Any = None) -> np.ndarray:
    return np.zeros(shape, _dtype(dtype))


@table.implements(ops.ones)
def ones(shape: Any, dtype: Any = None) -> np.ndarray:
    return np.ones(shape, _dtype(dtype))


@table.implements(ops.full)
def full(shape: Any, fill_value: Any, dtype: Any = None) -> np.ndarray:
    native = _dtype(dtype)
    return np.full(shape, held(fill_value, native), native)


@table.implements(ops.empty)
def empty(shape: Any, dtype: Any = None) -> np.ndarray:
    return np.empty(shape, _dtype(dtype))


@table.implements(ops.zeros_like)
def zeros_like(x: Any, dtype: Any = None) -> np.ndarray:
    return np.zeros(x.shape, _like(x, dtype))


@table.implements(ops.ones_like)
def ones_like(x: Any, dtype: Any = None) -> np.ndarray:
    return np.ones(x.shape, _like(x, dtype))


@table.implements(ops.empty_like)
def empty_like(x: Any, dtype: Any = None) -> np.ndarray:
    return np.empty(x.shape, _like(x, dtype))


@table.implements(ops.full_like)
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> np.ndarray:
    native = _like(x, dtype)
    return np.full(x.shape, held(fill_value, native), native)


@table.implements(ops.eye)
def eye(n: int, m: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    return np.eye(n, m, k, _dtype(dtype))


@table.implements(ops.tri)
def tri(n: int, m: int | None = None, k: int = 0, dtype: Any = None) -> np.ndarray:
    if n < 0 or (m is not None and m < 0):
        raise ValueError("a negative size")
    return np.tri(n.__index__(), m if m is None else m.__index__(), k.__index__(), _dtype(dtype))


@table.implements(ops.arange)
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> np.ndarray:
    name = range_dtype(start, stop, step, dtype=dtype)
    if stop is None:
        start, stop = 0, start
    if name in ("int32", "int64") and all(type(n) is int and -_MOST < n < _MOST for n in (start, stop, step or 1)):
        kernel: Any = np.arange
        return kernel(start, stop, 1 if step is None else step, numpy_dtype(name))
    # In the precision of the numbers themselves, then rounded once.
    return np.arange(start, stop, 1 if step is None else step).astype(numpy_dtype(name), copy=False)
