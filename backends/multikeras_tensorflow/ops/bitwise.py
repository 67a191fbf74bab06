"""Operations on the bits of integers, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import binary, kernel


def _bits(name: str, of_bools: str) -> Callable:
    integers, bools = kernel(name), kernel(of_bools)

    def run(x: Any, y: Any) -> Any:
        if type(x) is int:
            x = tf.constant(x, y.dtype)
        return bools(x, y) if x.dtype is tf.bool else integers(x, y)

    return run


_left = kernel("LeftShift")
_right = kernel("RightShift")
_invert = kernel("Invert")
_not = kernel("LogicalNot")

table.alias(
    bitwise_and=_bits("BitwiseAnd", "LogicalAnd"),
    bitwise_left_shift=binary(_left),
    bitwise_not=lambda x: _not(x) if x.dtype is tf.bool else _invert(x),
    bitwise_or=_bits("BitwiseOr", "LogicalOr"),
    bitwise_right_shift=binary(_right),
    bitwise_xor=_bits("BitwiseXor", "NotEqual"),
)
