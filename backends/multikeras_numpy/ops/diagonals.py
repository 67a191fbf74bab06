"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.dtypes.lattice import numpy_dtype
from multikeras.ops._rules import accumulated
from multikeras_numpy.table import table

table.alias(diag=np.diag, diagonal=np.diagonal)


@table.implements(ops.trace)
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.trace(x, offset, axis1, axis2, dtype=numpy_dtype(accumulated(x.dtype.name)))


@table.implements(ops.tril)
def tril(x: Any, k: int = 0) -> Any:
    if x.ndim < 2:
        raise ValueError("tril of a vector")
    return np.tril(x, k.__index__())


@table.implements(ops.triu)
def triu(x: Any, k: int = 0) -> Any:
    if x.ndim < 2:
        raise ValueError("triu of a vector")
    return np.triu(x, k.__index__())
