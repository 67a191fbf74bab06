"""Exponentials, logarithms and roots, entry by entry."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, HALVES, in_wide, kernel, unary

_exp = kernel("Exp")
_log = kernel("Log")
_mul = kernel("Mul")
_pow = kernel("Pow")

table.alias(
    exp=unary(_exp, FLOAT8),
    expm1=unary(kernel("Expm1"), FLOAT8),
    log=unary(_log, FLOAT8),
    log1p=unary(kernel("Log1p"), FLOAT8),
    rsqrt=unary(kernel("Rsqrt"), FLOAT8),
    sqrt=unary(kernel("Sqrt"), FLOAT8),
)
_SMALL = HALVES | FLOAT8


@table.implements(ops.exp2)
def exp2(x: Any) -> Any:
    if x.dtype in _SMALL:
        return in_wide(exp2, (x,))
    return _pow(tf.constant(2, x.dtype), x)


@table.implements(ops.log2)
def log2(x: Any) -> Any:
    return in_wide(log2, (x,)) if x.dtype in _SMALL else _mul(_log(x), 1 / math.log(2))


@table.implements(ops.log10)
def log10(x: Any) -> Any:
    return in_wide(log10, (x,)) if x.dtype in _SMALL else _mul(_log(x), 1 / math.log(10))
