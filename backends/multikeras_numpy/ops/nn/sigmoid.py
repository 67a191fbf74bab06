"""Activations made of the sigmoid and the hyperbolic tangent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.ops.error_function import erfc
from multikeras_numpy.table import table


@table.implements(ops.sigmoid)
def sigmoid(x: Any) -> Any:
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    # Never the exponential of a positive number, which may overflow; and no choice, over which processors stumble.
    number = x.dtype.type
    return np.exp(np.minimum(x, number(0))) / (np.exp(-np.abs(x)) + number(1))


@table.implements(ops.silu)
def silu(x: Any) -> Any:
    return x * sigmoid(x)


@table.implements(ops.gelu)
def gelu(x: Any, approximate: bool) -> Any:
    number = x.dtype.type
    if approximate:
        inner = (x + x * x * x * number(0.044715)) * number(math.sqrt(2 / math.pi))
        return x * number(0.5) * (np.tanh(inner) + number(1))
    return x * number(0.5) * erfc(x * number(-math.sqrt(0.5)))
