"""Running sums and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras_numpy.table import table


def _run(ufunc: np.ufunc, x: Any, axis: int | None, dtype: Any) -> Any:
    result = x.dtype if dtype is None else lattice.numpy_dtype(lattice.standardize(dtype))
    if axis is None:
        x, axis = np.ravel(x), 0
    if result.name in ("float16", "bfloat16"):
        return ufunc.accumulate(x, axis, np.float32).astype(result)
    # Cast first: under `dtype` alone, NumPy refuses to cut floats off.
    return ufunc.accumulate(x.astype(result, copy=False), axis, result)


@table.implements(ops.cumsum)
def cumsum(x: Any, axis: int | None, dtype: Any) -> Any:
    return _run(np.add, x, axis, dtype)


@table.implements(ops.cumprod)
def cumprod(x: Any, axis: int | None, dtype: Any) -> Any:
    return _run(np.multiply, x, axis, dtype)
