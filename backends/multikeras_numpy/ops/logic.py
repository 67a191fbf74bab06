"""Logic on truth values, and closeness, entry by entry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.kernels.sums import sum_of_squares
from multikeras_numpy.table import table

table.alias(
    logical_and=np.logical_and,
    logical_not=np.logical_not,
    logical_or=np.logical_or,
    logical_xor=np.logical_xor,
)
table.takes_tensors_only("isclose")


@table.implements(ops.isclose)
def isclose(x1: Any, x2: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    if not (rtol >= 0 and atol >= 0 and x1.dtype == x2.dtype and x2.dtype in _FLOATS):
        return table.composite(ops.isclose)(x1, x2, rtol, atol, equal_nan)
    allowed = np.absolute(x2, out=np.empty_like(x2))
    # One infinity less another.
    with np.errstate(invalid="ignore", over="ignore"):
        allowed *= x2.dtype.type(rtol)
        allowed += x2.dtype.type(atol)
        apart = np.subtract(x1, x2, out=np.empty(np.broadcast_shapes(x1.shape, x2.shape), x2.dtype))
        close = np.less_equal(np.absolute(apart, out=apart), allowed, out=np.empty_like(apart, bool))
        if math.isfinite(sum_of_squares(x2)):
            return close
    # Infinities are close to themselves alone.
    close &= np.isfinite(x2)
    close |= np.equal(x1, x2)
    if equal_nan:
        close |= np.isnan(x1) & np.isnan(x2)
    return close


_FLOATS = frozenset({np.dtype("float32"), np.dtype("float64")})
