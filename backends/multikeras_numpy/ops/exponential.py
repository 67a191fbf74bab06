"""Exponentials, logarithms and roots, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table

table.alias(
    exp=np.exp,
    exp2=np.exp2,
    expm1=np.expm1,
    log=np.log,
    log10=np.log10,
    log1p=np.log1p,
    log2=np.log2,
    logaddexp=np.logaddexp,
    sqrt=np.sqrt,
)


@table.implements(ops.rsqrt)
def rsqrt(x: Any) -> Any:
    return np.reciprocal(np.sqrt(x))
