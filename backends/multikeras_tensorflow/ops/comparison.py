"""Comparisons and choice, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, ODD, binary, cast, identity, kernel, to

_equal = kernel("Equal")
_choose = kernel("SelectV2")
_places = kernel("Where")


def _order(name: str) -> Callable:
    """A comparison of all real dtypes."""
    compare = kernel(name)

    def run(x1: Any, x2: Any) -> Any:
        if type(x1) is float or type(x1) is int:
            x1 = tf.constant(x1, x2.dtype)
        dtype = x1.dtype
        if dtype not in ODD:
            return compare(x1, x2)
        wide = tf.uint8 if dtype is tf.bool else tf.float32
        return compare(cast(x1, wide), cast(x2, wide))

    return run


table.alias(
    equal=binary(_equal, FLOAT8),
    greater=_order("Greater"),
    greater_equal=_order("GreaterEqual"),
    less=_order("Less"),
    less_equal=_order("LessEqual"),
    not_equal=binary(kernel("NotEqual"), FLOAT8),
)


def truth(x: Any) -> Any:
    """Which entries are not 0."""
    return x if x.dtype is tf.bool else to(x, tf.bool)


@table.implements(ops.where)
def where(condition: Any, x1: Any, x2: Any) -> Any:
    if condition.dtype is not tf.bool:
        condition = to(condition, tf.bool)
    if x1 is None and x2 is None:
        if condition.shape.rank == 0:
            raise ValueError("no places in a scalar")
        return tuple(tf.unstack(cast(_places(condition), tf.int32), axis=1))
    if x1 is None or x2 is None:
        raise TypeError("one of two")
    if type(x1) is float or type(x1) is int:
        x1 = tf.constant(x1, x2.dtype)
    if x1.dtype in FLOAT8:
        return cast(_choose(condition, cast(x1, tf.float32), cast(x2, tf.float32)), x1.dtype)
    return _choose(condition, x1, x2)


# Nothing writes into a tensor.
table.alias(copy=identity)
