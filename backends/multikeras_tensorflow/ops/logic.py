"""Logic on truth values, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.gradients import at_hand, values_alone
from multikeras_tensorflow.host_memory import surely_finite
from multikeras_tensorflow.ops.comparison import truth
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import kernel

table.takes_tensors_only("logical_and", "logical_or", "logical_xor", "isclose")

_not = kernel("LogicalNot")


def _logical(name: str) -> Callable:
    function = kernel(name)

    def run(x1: Any, x2: Any) -> Any:
        return function(x1, x2) if x1.dtype is tf.bool else function(truth(x1), truth(x2))

    return run


table.alias(
    logical_and=_logical("LogicalAnd"),
    logical_not=lambda x: _not(truth(x)),
    logical_or=_logical("LogicalOr"),
    logical_xor=_logical("NotEqual"),
)

_absolute = kernel("Abs")
_sub = kernel("Sub")
_mul = kernel("Mul")
_add = kernel("AddV2")
_less_equal = kernel("LessEqual")
_COMPUTED = frozenset({tf.float32, tf.float64})


@table.implements(ops.isclose)
def isclose(x1: Any, x2: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    usual = type(rtol) is float and type(atol) is float and 0 <= rtol <= 1 and atol >= 0 and not equal_nan
    # What is finite needs no question whether it is the same infinity.
    if usual and x2.dtype in _COMPUTED and at_hand(x2) and values_alone(x1, x2) and surely_finite(x2):
        return _less_equal(_absolute(_sub(x1, x2)), _add(_mul(_absolute(x2), rtol), atol))
    return table.composite(ops.isclose)(x1, x2, rtol, atol, equal_nan)
