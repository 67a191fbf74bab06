"""Spread: variance, standard deviation, and both moments at once."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.constants import axes_of
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, FLOAT8, HALVES, in_wide, kernel

_mean = kernel("Mean")
_squared_difference = kernel("SquaredDifference")
_sqrt = kernel("Sqrt")
_NARROW = HALVES | FLOAT8


def _spread(x: Any, axis: Any, keepdims: bool) -> Any:
    axes = axes_of(axis, x.shape.rank)
    if x.dtype in COMPLEX:
        centred = x - _mean(x, axes, True)
        real, imaginary = tf.math.real(centred), tf.math.imag(centred)
        return _mean(real * real + imaginary * imaginary, axes, keepdims)
    return _mean(_squared_difference(x, _mean(x, axes, True)), axes, keepdims)


@table.implements(ops.var)
def var(x: Any, axis: Any, keepdims: bool) -> Any:
    if x.dtype in _NARROW:
        return in_wide(lambda y: _spread(y, axis, keepdims), (x,))
    return _spread(x, axis, keepdims)


@table.implements(ops.std)
def std(x: Any, axis: Any, keepdims: bool) -> Any:
    if x.dtype in _NARROW:
        return in_wide(lambda y: _sqrt(_spread(y, axis, keepdims)), (x,))
    return _sqrt(_spread(x, axis, keepdims))
