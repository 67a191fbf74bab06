"""Smooth rectifiers."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.kernels.blocks import blockwise
from multikeras_numpy.table import table


@table.implements(ops.softplus)
def softplus(x: Any) -> Any:
    return np.maximum(x, x.dtype.type(0)) + np.log1p(np.exp(-np.abs(x)))


@table.implements(ops.squareplus)
def squareplus(x: Any, b: float) -> Any:
    number = x.dtype.type
    if not b > 0:
        if b:
            raise ValueError("no root")
        return np.maximum(x, number(0))
    with np.errstate(over="ignore"):
        return blockwise(lambda part, out: _squareplus(part, number(b), out), x)


def _squareplus(x: Any, b: Any, out: Any) -> None:
    # The larger root of y * (y - abs(x)) = b / 4 in size; the terms of the other one would cancel.
    size = np.absolute(x)
    np.multiply(size, size, out=out)
    out += b
    np.sqrt(out, out=out)
    out += size
    np.divide(b / 2, out, out=out)
    # A quarter of np.maximum's time.
    out += np.clip(x, x.dtype.type(0), x.dtype.type(np.inf), out=size)
