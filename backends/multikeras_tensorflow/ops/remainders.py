"""Common divisors, in a loop that ends when all are found."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import INTEGERS, UNSIGNED, cast, kernel

_absolute = kernel("Abs")
_rest_towards_0 = kernel("TruncateMod")
_NARROW = frozenset({tf.int8, tf.uint8, tf.int16, tf.uint16, tf.int32})

table.takes_tensors_only("gcd")


@table.implements(ops.gcd)
def gcd(x1: Any, x2: Any) -> Any:
    dtype = x1.dtype
    if dtype not in INTEGERS:
        raise TypeError("integers")
    # Rounded towards 0, the remainders never bring the least integer, which has no absolute value, over -1: no
    # processor divides these. There are such kernels for two dtypes alone, of which int32 is the faster one.
    wide = tf.int32 if dtype in _NARROW else tf.uint64 if dtype is tf.uint64 else tf.int64
    rest_of = tf.math.floormod if wide is tf.uint64 else _rest_towards_0
    x1, x2 = cast(x1, wide), cast(x2, wide)
    signed = dtype not in UNSIGNED
    if signed:
        x1, x2 = _absolute(x1), _absolute(x2)
    shape = tf.broadcast_dynamic_shape(tf.shape(x1), tf.shape(x2))
    static = tf.broadcast_static_shape(x1.shape, x2.shape)
    first, second = tf.broadcast_to(x1, shape), tf.broadcast_to(x2, shape)
    zero, one = tf.zeros((), wide), tf.ones((), wide)

    def step(a: Any, b: Any) -> Any:
        done = tf.equal(b, zero)
        # By 1 nothing is left: what is done stays so.
        return tf.where(done, a, b), rest_of(a, tf.where(done, one, b))

    found, _ = tf.while_loop(lambda a, b: tf.reduce_any(tf.not_equal(b, zero)), step, (first, second))
    found.set_shape(static)
    # The least integer, which has no absolute value, leaves remainders below 0.
    return cast(_absolute(found) if signed else found, dtype)
