"""Which entries are numbers, and what takes the place of those that are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, FLOATS, cast, identity, in_wide, kernel

_isnan = kernel("IsNan")
_choose = kernel("SelectV2")
_equal = kernel("Equal")


def _asks(name: str, otherwise: bool, either: bool) -> Callable:
    """A question to floats; integers and bools have the answer `otherwise`.

    Args:
        name: The kernel.
        otherwise: See above.
        either: Of complex numbers: whether one part is enough.
    """
    ask = kernel(name)

    def run(x: Any) -> Any:
        dtype = x.dtype
        if dtype in COMPLEX:
            both = tf.logical_or if either else tf.logical_and
            return both(ask(tf.math.real(x)), ask(tf.math.imag(x)))
        if dtype in FLOAT8:
            return ask(cast(x, tf.float32))
        if dtype in FLOATS:
            return ask(x)
        answer = tf.fill(tf.shape(x), otherwise)
        answer.set_shape(x.shape)
        return answer

    return run


table.alias(
    isfinite=_asks("IsFinite", True, False), isinf=_asks("IsInf", False, True), isnan=_asks("IsNan", False, True)
)


@table.implements(ops.nan_to_num)
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    dtype = x.dtype
    if dtype in COMPLEX:
        return tf.complex(
            nan_to_num(tf.math.real(x), nan, posinf, neginf), nan_to_num(tf.math.imag(x), nan, posinf, neginf)
        )
    if dtype not in FLOATS:
        return identity(x)
    if dtype in FLOAT8:
        largest, least = float(dtype.max), float(dtype.min)
        ends = (largest if posinf is None else posinf, least if neginf is None else neginf)
        return in_wide(lambda y: nan_to_num(y, nan, *ends), (x,))
    infinity = np.inf
    x = _choose(_isnan(x), tf.constant(nan, dtype), x)
    x = _choose(_equal(x, infinity), tf.constant(dtype.max if posinf is None else posinf, dtype), x)
    return _choose(_equal(x, -infinity), tf.constant(dtype.min if neginf is None else neginf, dtype), x)
