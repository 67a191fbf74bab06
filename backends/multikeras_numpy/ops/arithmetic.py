"""The four operations and what is next to them, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table

table.alias(
    absolute=np.absolute,
    add=np.add,
    divide=np.divide,
    floor_divide=np.floor_divide,
    mod=np.mod,
    multiply=np.multiply,
    negative=np.negative,
    reciprocal=np.reciprocal,
    square=np.square,
    subtract=np.subtract,
)
table.takes_tensors_only("divide_no_nan", "power")


@table.implements(ops.divide_no_nan)
def divide_no_nan(x1: Any, x2: Any) -> Any:
    zero = x2 == 0
    quotient = np.divide(x1, np.where(zero, np.ones((), x2.dtype), x2))
    return np.where(zero, np.zeros((), quotient.dtype), quotient)


@table.implements(ops.power)
def power(x1: Any, x2: Any) -> Any:
    if x2.dtype.kind == "i" and np.any(x2 < 0):
        # NumPy refuses negative powers of integers. 1 and -1 keep their value up to the sign, all others vanish.
        whole = np.power(x1, np.where(x2 < 0, x2 & 1, x2))
        return np.where((x2 < 0) & (np.absolute(x1) != 1), np.zeros((), x1.dtype), whole)
    result = np.power(x1, x2)
    if x2.ndim == 0 and x2 == 0.5 and result.dtype.kind == "f" and np.isnan(np.sum(result)):
        # NumPy takes the root, which -inf has none of.
        return np.where(x1 == -np.inf, np.asarray(np.inf, result.dtype), result)
    return result
