"""The four operations and what is next to them, entry by entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.gradients import readable
from multikeras_tensorflow.host_memory import entries, surely_finite, tensor_of
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import (
    COMPLEX,
    FLOAT8,
    HALVES,
    INTEGERS,
    ODD,
    UNSIGNED,
    binary,
    cast,
    identity,
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
_equal = kernel("Equal")
_choose = kernel("SelectV2")
_floor = kernel("Floor")
_maximum = kernel("Maximum")
_minimum = kernel("Minimum")

table.alias(
    divide=binary(_divide, FLOAT8),
    divide_no_nan=binary(_no_nan, FLOAT8),
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
        return identity(x)
    return in_wide(_absolute, (x,)) if dtype in FLOAT8 else _absolute(x)


@table.implements(ops.negative)
def negative(x: Any) -> Any:
    if x.dtype in UNSIGNED:
        # A graph would make of 0 - x a kernel that there is none of.
        return _add(_invert(x), 1)
    return in_wide(_negative, (x,)) if x.dtype in FLOAT8 else _negative(x)


# Larger than float32 holds, by more than the least that it holds is smaller than 1.
_BEYOND = 1e60


def _floor_quotient(x1: Any, x2: Any) -> Any:
    """Of floats: the quotient itself may have been rounded up to the next whole number.

    That of float32 is not in float64. In float64 the way is from the remainder, whose kernel is slow.
    """
    if x1.dtype in HALVES:
        # What is no whole number in 16 bits is none in 32; the remainder may overflow on the way.
        return cast(_floor_quotient(cast(x1, tf.float32), cast(x2, tf.float32)), x1.dtype)
    if x1.dtype is not tf.float32:
        return _floor_quotient_by_rest(x1, x2)
    if readable(x1, x2):
        quotient = _divide(x1, x2)
        whole = _floor(quotient)
        # One that is no whole number was not rounded to one.
        doubtful = np.flatnonzero(entries(_equal(quotient, whole)))
        if len(doubtful) * _FEW <= entries(whole).size:
            return _replaced(whole, doubtful, x1, x2) if len(doubtful) else whole
    return _floor_quotient_in_64_bits(x1, x2)


# Entries are looked at by themselves where there are so many others to each.
_FEW = 16


def _replaced(whole: Any, doubtful: np.ndarray, x1: Any, x2: Any) -> Any:
    """The quotients, those at some places of the flat tensor divided once more."""
    found = entries(whole)
    at = np.unravel_index(doubtful, found.shape)
    parts = (tf.constant(np.broadcast_to(entries(x), found.shape)[at]) for x in (x1, x2))
    right = entries(_floor_quotient_in_64_bits(*parts))
    if np.array_equal(right.view(np.int32), found[at].view(np.int32)):
        return whole
    corrected = np.array(found)
    corrected[at] = right
    return tensor_of(corrected)


def _floor_quotient_in_64_bits(x1: Any, x2: Any) -> Any:
    if readable(x1, x2) and surely_finite(x1) and surely_finite(x2):
        return cast(_floor(_divide(cast(x1, tf.float64), cast(x2, tf.float64))), tf.float32)
    # An infinite divisor is one that no dividend reaches.
    divisor = _minimum(_maximum(cast(x2, tf.float64), -_BEYOND), _BEYOND)
    # An infinite dividend has no quotient, but by 0.
    return _add(cast(_floor(_divide(cast(x1, tf.float64), divisor)), tf.float32), _no_nan(_sub(x1, x1), x2))


def _floor_quotient_by_rest(x1: Any, x2: Any) -> Any:
    whole = tf.round(_divide(_sub(x1, _mod(x1, x2)), x2))
    zero = tf.zeros((), x2.dtype)
    # The remainder of an infinite divisor is infinite itself, where the signs differ.
    below = tf.logical_and(tf.not_equal(x1, zero), tf.not_equal(tf.less(x1, zero), tf.less(x2, zero)))
    endless = tf.logical_and(tf.math.is_inf(x2), tf.math.is_finite(x1))
    whole = tf.where(endless, -tf.cast(below, x2.dtype), whole)
    return tf.where(tf.equal(x2, zero), _divide(x1, x2), whole)


def _over_nonzero(function: Callable, x1: Any, x2: Any) -> Any:
    """A quotient or remainder of integers; 0 where the divisor is, for which TensorFlow's kernel raises."""
    if isinstance(x2, int):
        if x2:
            return function(x1, x2)
        return tf.zeros_like(x1)
    zero = _equal(x2, 0)
    return _choose(zero, tf.zeros((), x2.dtype), function(x1, _choose(zero, tf.ones((), x2.dtype), x2)))


def _quotient_or_rest(of_integers: Callable, of_floats: Callable) -> Callable:
    def run(x1: Any, x2: Any) -> Any:
        if type(x1) is float or type(x1) is int:
            x1 = tf.constant(x1, x2.dtype)
        if x1.dtype in INTEGERS:
            return _over_nonzero(of_integers, x1, x2)
        if not isinstance(x2, (tf.Tensor, tf.Variable)):
            x2 = tf.constant(x2, x1.dtype)
        return in_wide(of_floats, (x1, x2)) if x1.dtype in FLOAT8 else of_floats(x1, x2)

    return run


table.alias(floor_divide=_quotient_or_rest(_floor_divide, _floor_quotient), mod=_quotient_or_rest(_mod, _mod))


@table.implements(ops.power)
def power(x1: Any, x2: Any) -> Any:
    if type(x2) is int or type(x2) is float:
        if x2 == 2 and x1.dtype not in FLOAT8:
            return _square(x1)
        if x2 == 0:
            # Its slope is 0 everywhere.
            return tf.ones_like(x1)
        if abs(x2) == 0.5 and x1.dtype.is_floating and x1.dtype not in FLOAT8 and not tf.executing_eagerly():
            return _root(x1, x2)
        x2 = tf.constant(x2, x1.dtype)
    elif type(x1) is int or type(x1) is float:
        x1 = tf.constant(x1, x2.dtype)
    if x1.dtype in INTEGERS:
        return _whole_power(x1, x2)
    return in_wide(_pow, (x1, x2)) if x1.dtype in FLOAT8 else _pow(x1, x2)


def _root(x: Any, exponent: float) -> Any:
    """The power of a half or minus a half in a graph, where TensorFlow puts a root in the place of a power.

    Of -0 and -inf the power is that of 0 and inf.
    """
    endless = tf.equal(x, -math.inf)
    if exponent > 0:
        return tf.where(endless, tf.constant(math.inf, x.dtype), tf.sqrt(x))
    root = tf.where(tf.equal(x, 0), tf.constant(math.inf, x.dtype), tf.math.rsqrt(x))
    return tf.where(endless, tf.zeros((), x.dtype), root)


def _whole_power(x1: Any, x2: Any) -> Any:
    """Of integers. Under negative exponents 1 and -1 keep their value up to the sign, all others vanish."""
    if x1.dtype is tf.uint64:
        # Exponents that int64 can't hold count by their parity, or overflow in whatever way.
        x1, x2 = tf.bitcast(x1, tf.int64), tf.bitcast(x2, tf.int64)
        return tf.bitcast(_pow(x1, tf.where(x2 < 0, 64 + (x2 & 1), x2)), tf.uint64)
    if x1.dtype in UNSIGNED:
        return cast(_pow(cast(x1, tf.int64), cast(x2, tf.int64)), x1.dtype)
    negative_exponent = x2 < 0
    whole = _pow(x1, tf.where(negative_exponent, x2 & 1, x2))
    kept = tf.logical_or(tf.logical_not(negative_exponent), tf.equal(tf.abs(x1), 1))
    return tf.where(kept, whole, tf.zeros((), x1.dtype))
