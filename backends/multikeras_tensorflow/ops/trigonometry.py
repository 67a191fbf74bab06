"""Trigonometric and hyperbolic functions, entry by entry."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.gradients import at_hand, values_alone
from multikeras_tensorflow.host_memory import extremes
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, binary, kernel, unary

table.alias(
    arccos=unary(kernel("Acos"), FLOAT8),
    arccosh=unary(kernel("Acosh"), FLOAT8),
    arcsin=unary(kernel("Asin"), FLOAT8),
    arcsinh=unary(kernel("Asinh"), FLOAT8),
    arctan=unary(kernel("Atan"), FLOAT8),
    arctan2=binary(kernel("Atan2"), FLOAT8 | COMPLEX),
    arctanh=unary(kernel("Atanh"), FLOAT8),
    cos=unary(kernel("Cos"), FLOAT8),
    cosh=unary(kernel("Cosh"), FLOAT8),
    sin=unary(kernel("Sin"), FLOAT8),
    sinh=unary(kernel("Sinh"), FLOAT8),
    tan=unary(kernel("Tan"), FLOAT8),
    tanh=unary(kernel("Tanh"), FLOAT8),
)

_add = kernel("AddV2")
_sqrt = kernel("Sqrt")
_square = kernel("Square")
# Between these, and for no nan, squares of float32 neither overflow nor lose digits that count.
_SHORT, _LONG = 1e-14, 1e18


@table.implements(ops.hypot)
def hypot(x1: Any, x2: Any) -> Any:
    if values_alone(x1, x2) and x1.dtype in (tf.float32, tf.float64):
        length = _sqrt(_add(_square(x1), _square(x2)))
        if at_hand(length):
            least, largest = extremes(length)
            if least > _SHORT and largest < _LONG:
                return length
    return table.composite(ops.hypot)(x1, x2)


table.takes_tensors_only("hypot")
