"""Spread: variance and standard deviation."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.ops.reduction import axes
from multikeras_numpy.table import table


@table.implements(ops.var)
def var(x: Any, axis: Any, keepdims: bool) -> Any:
    wide = np.float32 if x.dtype.itemsize == 2 else None
    return np.var(x, axis=axes(x, axis), dtype=wide, keepdims=keepdims).astype(x.real.dtype, copy=False)


@table.implements(ops.std)
def std(x: Any, axis: Any, keepdims: bool) -> Any:
    wide = np.float32 if x.dtype.itemsize == 2 else None
    return np.std(x, axis=axes(x, axis), dtype=wide, keepdims=keepdims).astype(x.real.dtype, copy=False)
