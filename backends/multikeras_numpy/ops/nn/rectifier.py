"""Rectifiers: activations that are straight lines, or nearly, on either side of 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.ops.rounding import clip
from multikeras_numpy.table import table


@table.implements(ops.relu)
def relu(x: Any) -> Any:
    number = x.dtype.type
    if x.size >= _MANY and x.dtype.kind == "f":
        return np.clip(x, number(0), number(np.inf))
    return np.maximum(x, number(0))


# From how many entries on np.clip takes less time than np.maximum.
_MANY = 8192


@table.implements(ops.relu6)
def relu6(x: Any) -> Any:
    return clip(x, x.dtype.type(0), x.dtype.type(6))


@table.implements(ops.leaky_relu)
def leaky_relu(x: Any, negative_slope: float) -> Any:
    below = x * x.dtype.type(negative_slope)
    if 0 < negative_slope <= 1:
        return np.maximum(x, below)
    return np.where(x >= 0, x, below)


@table.implements(ops.hard_tanh)
def hard_tanh(x: Any) -> Any:
    number = x.dtype.type
    return np.minimum(x, number(1)) if x.dtype.kind == "u" else clip(x, number(-1), number(1))


@table.implements(ops.celu)
def celu(x: Any, alpha: float) -> Any:
    number = x.dtype.type
    below = np.expm1(np.minimum(x, number(0)) / number(alpha)) * number(alpha)
    return np.maximum(x, number(0)) + below


@table.implements(ops.elu)
def elu(x: Any, alpha: float) -> Any:
    return np.where(x > 0, x, np.expm1(np.minimum(x, x.dtype.type(0))) * x.dtype.type(alpha))


_BITS = {2: np.int16, 4: np.int32, 8: np.int64}


@table.implements(ops.hard_shrink)
def hard_shrink(x: Any, threshold: float) -> Any:
    kept = np.greater(np.absolute(x), x.dtype.type(threshold), out=np.empty_like(x, dtype=bool))
    # All bits or none: no choice, over which processors stumble.
    bits = kept.astype(_BITS.get(x.dtype.itemsize, np.int8))
    np.negative(bits, out=bits)
    bits &= x.view(bits.dtype)
    return bits.view(x.dtype)
