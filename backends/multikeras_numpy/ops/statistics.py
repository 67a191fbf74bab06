"""Spread: variance and standard deviation."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.ops.reduction import axes
from multikeras_numpy.table import table


def _of_nothing(x: Any, axis: Any, keepdims: bool) -> Any:
    """nan, of which NumPy would warn."""
    return np.full(np.sum(x, axis=axes(x, axis), keepdims=keepdims).shape, np.nan, x.real.dtype)


@table.implements(ops.var)
def var(x: Any, axis: Any, keepdims: bool) -> Any:
    if not x.size:
        return _of_nothing(x, axis, keepdims)
    wide = np.float32 if x.dtype.itemsize == 2 else None
    return np.var(x, axis=axes(x, axis), dtype=wide, keepdims=keepdims).astype(x.real.dtype, copy=False)


@table.implements(ops.std)
def std(x: Any, axis: Any, keepdims: bool) -> Any:
    if not x.size:
        return _of_nothing(x, axis, keepdims)
    wide = np.float32 if x.dtype.itemsize == 2 else None
    return np.std(x, axis=axes(x, axis), dtype=wide, keepdims=keepdims).astype(x.real.dtype, copy=False)
