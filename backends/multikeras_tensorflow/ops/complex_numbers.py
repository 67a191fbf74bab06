"""Parts and conjugates of complex numbers."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, identity


@table.implements(ops.real)
def real(x: Any) -> Any:
    return tf.math.real(x) if x.dtype in COMPLEX else identity(x)


@table.implements(ops.imag)
def imag(x: Any) -> Any:
    return tf.math.imag(x) if x.dtype in COMPLEX else table.native["zeros_like"](x)


@table.implements(ops.conj)
def conj(x: Any) -> Any:
    return tf.math.conj(x) if x.dtype in COMPLEX else identity(x)


table.alias(conjugate=conj)


@table.implements(ops.polar)
def polar(abs_: Any, angle: Any) -> Any:
    if abs_.dtype not in (tf.float32, tf.float64):
        return table.composite(ops.polar)(abs_, angle)
    return tf.complex(abs_ * tf.cos(angle), abs_ * tf.sin(angle))


table.takes_tensors_only("polar")
