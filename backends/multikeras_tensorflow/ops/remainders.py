"""Common divisors, in a loop that ends when all are found."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import INTEGERS, UNSIGNED

table.takes_tensors_only("gcd")


@table.implements(ops.gcd)
def gcd(x1: Any, x2: Any) -> Any:
    dtype = x1.dtype
    if dtype not in INTEGERS:
        raise TypeError("integers")
    # Kernels of remainders take the wide dtypes alone.
    wide = tf.uint64 if dtype is tf.uint64 else tf.int64
    x1, x2 = tf.cast(x1, wide), tf.cast(x2, wide)
    if dtype not in UNSIGNED:
        x1, x2 = tf.abs(x1), tf.abs(x2)
    shape = tf.broadcast_dynamic_shape(tf.shape(x1), tf.shape(x2))
    static = tf.broadcast_static_shape(x1.shape, x2.shape)
    first, second = tf.broadcast_to(x1, shape), tf.broadcast_to(x2, shape)
    zero = tf.zeros((), wide)

    def step(a: Any, b: Any) -> Any:
        done = tf.equal(b, zero)
        rest = tf.math.floormod(a, tf.where(done, tf.ones((), wide), b))
        return tf.where(done, a, b), tf.where(done, zero, rest)

    found, _ = tf.while_loop(lambda a, b: tf.reduce_any(tf.not_equal(b, zero)), step, (first, second))
    found.set_shape(static)
    return tf.cast(found, dtype)
