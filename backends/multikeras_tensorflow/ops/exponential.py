"""Exponentials, logarithms and roots, entry by entry."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.gradients import at_hand, values_alone
from multikeras_tensorflow.host_memory import surely_finite
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, HALVES, in_wide, kernel, unary

_exp = kernel("Exp")
_log = kernel("Log")
_mul = kernel("Mul")
_pow = kernel("Pow")
_add = kernel("AddV2")
_sub = kernel("Sub")
_log1p = kernel("Log1p")
_absolute = kernel("Abs")
_maximum = kernel("Maximum")

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


_COMPUTED = frozenset({tf.float32, tf.float64})


@table.implements(ops.logaddexp2)
def logaddexp2(x1: Any, x2: Any) -> Any:
    if values_alone(x1, x2) and x1.dtype in _COMPUTED:
        behind = _exp(_mul(_absolute(_sub(x1, x2)), -math.log(2)))
        result = _add(_maximum(x1, x2), _mul(_log1p(behind), 1 / math.log(2)))
        # Two infinities that are one have no difference.
        if at_hand(result) and surely_finite(result):
            return result
    return table.composite(ops.logaddexp2)(x1, x2)


table.takes_tensors_only("logaddexp2")
