"""Smooth rectifiers."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table


@table.implements(ops.softplus)
def softplus(x: Any) -> Any:
    return np.maximum(x, x.dtype.type(0)) + np.log1p(np.exp(-np.abs(x)))


@table.implements(ops.squareplus)
def squareplus(x: Any, b: float) -> Any:
    number = x.dtype.type
    above = np.maximum(x, number(0))
    if not b:
        return above
    size = np.abs(x)
    with np.errstate(over="ignore"):
        # The larger root of y * (y - abs(x)) = b / 4 in size; the terms of the other one would cancel.
        larger = (size + np.sqrt(size * size + number(b))) * number(0.5)
    return above + number(b / 4) / larger
