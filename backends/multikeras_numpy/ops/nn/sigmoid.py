"""Activations made of the sigmoid and the hyperbolic tangent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.kernels.blocks import blockwise
from multikeras_numpy.table import table


@table.implements(ops.sigmoid)
def sigmoid(x: Any) -> Any:
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    # Where the exponential overflows, its reciprocal is 0 but for numbers below the smallest normal one.
    with np.errstate(over="ignore"):
        if x.dtype.itemsize == 2:
            return blockwise(_sigmoid, x.astype(np.float32)).astype(x.dtype)
        return blockwise(_sigmoid, x)


def _sigmoid(x: Any, out: Any) -> None:
    one = x.dtype.type(1)
    np.negative(x, out=out)
    np.exp(out, out=out)
    out += one
    # Twice as fast as np.reciprocal.
    np.divide(one, out, out=out)


@table.implements(ops.sparse_sigmoid)
def sparse_sigmoid(x: Any) -> Any:
    number = x.dtype.type
    line = np.add(x, number(1), out=np.empty_like(x))
    line *= number(0.5)
    np.maximum(line, number(0), out=line)
    return np.minimum(line, number(1), out=line)


@table.implements(ops.silu)
def silu(x: Any) -> Any:
    return x * sigmoid(x)


@table.implements(ops.gelu)
def gelu(x: Any, approximate: bool) -> Any:
    number = x.dtype.type
    if approximate:
        inner = (x + x * x * x * number(0.044715)) * number(math.sqrt(2 / math.pi))
        return x * number(0.5) * (np.tanh(inner) + number(1))
    return x * number(0.5) * table.native["erfc"](x * number(-math.sqrt(0.5)))
