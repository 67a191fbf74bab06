"""The error function and its inverse, entry by entry."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, HALVES, kernel, unary

_erf = kernel("Erf")
_erfinv = kernel("Erfinv")


def _inverse(x: Any) -> Any:
    """TensorFlow's, which is not exact near 0, and one step of Newton's method; the slope is that of the former."""
    y = _erfinv(x)
    missing = (_erf(y) - x) * tf.exp(y * y) * (math.sqrt(math.pi) / 2)
    return y - tf.stop_gradient(tf.where(tf.math.is_finite(missing), missing, tf.zeros((), x.dtype)))


table.alias(erf=unary(_erf, FLOAT8), erfc=unary(kernel("Erfc"), FLOAT8), erfinv=unary(_inverse, FLOAT8 | HALVES))
