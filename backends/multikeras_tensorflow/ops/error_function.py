"""The error function and its inverse, entry by entry."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.gradients import values_alone
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, HALVES, kernel, unary

_erf = kernel("Erf")

_ndtri = kernel("Ndtri")


def _bounded(x: Any) -> Any:
    # In 64 bits the kernel squares what it gets: infinity, and what comes near, would become nan. At 30 it is 1, and
    # flat, to the last bit.
    return _erf(tf.clip_by_value(x, -30.0, 30.0) if x.dtype is tf.float64 else x)


def _inverse(x: Any) -> Any:
    """From the normal distribution's lower tail, corrected for what is lost by taking `x` from 1.

    `1 - x` is exact where x is near 1, and `1 + x` is not.
    """
    side = tf.where(x < 0, -tf.ones((), x.dtype), tf.ones((), x.dtype))
    size = side * x
    rest = 1 - size
    # What rounding took from the size: nothing from 0.5 on, below which the slope is near enough to the one at 0.
    lost = (size - (1 - rest)) * _SLOPE
    return side * (_ndtri(rest * 0.5) * -math.sqrt(0.5) + tf.stop_gradient(lost))


# Of the result at 0.
_SLOPE = math.sqrt(math.pi) / 2

_bessel = kernel("BesselI0")


@table.implements(ops.i0)
def i0(x: Any) -> Any:
    # Its gradient is one of a kernel that has none.
    return _bessel(x) if x.dtype in (tf.float32, tf.float64) and values_alone(x) else table.composite(ops.i0)(x)


table.alias(erf=unary(_bounded, FLOAT8), erfc=unary(kernel("Erfc"), FLOAT8), erfinv=unary(_inverse, FLOAT8 | HALVES))
