"""The four operations and what is next to them, entry by entry."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import (
    COMPLEX,
    FLOAT8,
    FLOATS,
    INTEGERS,
    ODD,
    UNSIGNED,
    binary,
    in_wide,
    kernel,
    unary,
)

_add = kernel("AddV2")
_mul = kernel("Mul")
_sub = kernel("Sub")
_pow = kernel("Pow")
_square = kernel("Square")
_divide = kernel("RealDiv")
_floor_divide = kernel("FloorDiv")
_mod = kernel("FloorMod")
_no_nan = kernel("DivNoNan")
_or = kernel("LogicalOr")
_and = kernel("LogicalAnd")
_negative = kernel("Neg")
_invert = kernel("Invert")
_absolute = kernel("Abs")

table.alias(
    divide=binary(_divide, FLOAT8),
    divide_no_nan=binary(_no_nan, FLOAT8),
    mod=binary(_mod),
    reciprocal=unary(kernel("Reciprocal"), FLOAT8),
    square=unary(_square),
)


@table.implements(ops.add)
def add(x1: Any, x2: Any) -> Any:
    if type(x1) is float or type(x1) is int:
        x1, x2 = x2, x1
    if x1.dtype in ODD:
        return _or(x1, x2) if x1.dtype is tf.bool else in_wide(_add, (x1, x2))
    return _add(x1, x2)


@table.implements(ops.multiply)
def multiply(x1: Any, x2: Any) -> Any:
    if type(x1) is float or type(x1) is int:
        x1, x2 = x2, x1
    if x1.dtype in ODD:
        return _and(x1, x2) if x1.dtype is tf.bool else in_wide(_mul, (x1, x2))
    return _mul(x1, x2)


table.alias(subtract=binary(_sub, FLOAT8))


@table.implements(ops.absolute)
def absolute(x: Any) -> Any:
    dtype = x.dtype
    if dtype in COMPLEX:
        return tf.math.abs(x)
    if dtype in UNSIGNED or dtype is tf.bool:
        return tf.identity(x)
    return in_wide(_absolute, (x,)) if dtype in FLOAT8 else _absolute(x)


@table.implements(ops.negative)
def negative(x: Any) -> Any:
    if x.dtype in UNSIGNED:
        # A graph would make of 0 - x a kernel that there is none of.
        return _add(_invert(x), 1)
    return in_wide(_negative, (x,)) if x.dtype in FLOAT8 else _negative(x)


def _floor_quotient(x1: Any, x2: Any) -> Any:
    """Of floats: from the remainder, since the quotient itself may have been rounded up to the next whole number."""
    whole = tf.round(_divide(_sub(x1, _mod(x1, x2)), x2))
    return tf.where(tf.equal(x2, tf.zeros((), x2.dtype)), _divide(x1, x2), whole)


@table.implements(ops.floor_divide)
def floor_divide(x1: Any, x2: Any) -> Any:
    if not isinstance(x1, (tf.Tensor, tf.Variable)):
        x1 = tf.constant(x1, x2.dtype)
    elif not isinstance(x2, (tf.Tensor, tf.Variable)):
        x2 = tf.constant(x2, x1.dtype)
    if x1.dtype in INTEGERS:
        return _floor_divide(x1, x2)
    if x1.dtype in FLOATS:
        return in_wide(_floor_quotient, (x1, x2)) if x1.dtype in FLOAT8 else _floor_quotient(x1, x2)
    return _floor_divide(x1, x2)


@table.implements(ops.power)
def power(x1: Any, x2: Any) -> Any:
    if type(x2) is int or type(x2) is float:
        if x2 == 2 and x1.dtype not in FLOAT8:
            return _square(x1)
        if x2 == 0:
            # Its slope is 0 everywhere.
            return tf.ones_like(x1)
        x2 = tf.constant(x2, x1.dtype)
    elif type(x1) is int or type(x1) is float:
        x1 = tf.constant(x1, x2.dtype)
    if x1.dtype in INTEGERS:
        return _whole_power(x1, x2)
    return in_wide(_pow, (x1, x2)) if x1.dtype in FLOAT8 else _pow(x1, x2)


def _whole_power(x1: Any, x2: Any) -> Any:
    """Of integers. Under negative exponents 1 and -1 keep their value up to the sign, all others vanish."""
    if x1.dtype is tf.uint64:
        # Exponents that int64 can't hold count by their parity, or overflow in whatever way.
        x1, x2 = tf.bitcast(x1, tf.int64), tf.bitcast(x2, tf.int64)
        return tf.bitcast(_pow(x1, tf.where(x2 < 0, 64 + (x2 & 1), x2)), tf.uint64)
    if x1.dtype in UNSIGNED:
        return tf.cast(_pow(tf.cast(x1, tf.int64), tf.cast(x2, tf.int64)), x1.dtype)
    negative_exponent = x2 < 0
    whole = _pow(x1, tf.where(negative_exponent, x2 & 1, x2))
    kept = tf.logical_or(tf.logical_not(negative_exponent), tf.equal(tf.abs(x1), 1))
    return tf.where(kept, whole, tf.zeros((), x1.dtype))
