"""Whole numbers near by, signs and bounds, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.gradients import with_gradient
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import (
    COMPLEX,
    FLOAT8,
    FLOATS,
    INTEGERS,
    UNSIGNED,
    cast,
    identity,
    in_wide,
    kernel,
    unary,
)

_round = kernel("Round")
_sign = kernel("Sign")
_floor = kernel("Floor")
_ceil = kernel("Ceil")
_isnan = kernel("IsNan")
_choose = kernel("SelectV2")

table.alias(ceil=unary(_ceil, FLOAT8), floor=unary(_floor, FLOAT8))


def _shared(x1: Any, x2: Any, result: Any, upstream: Any) -> tuple[Any, Any]:
    """Gradients of the larger or smaller of two: to the one it is, by halves to equal ones, as on JAX."""
    first = cast(tf.equal(x1, result), upstream.dtype)
    second = cast(tf.equal(x2, result), upstream.dtype)
    share = tf.math.divide_no_nan(upstream, first + second)
    return _summed(share * first, x1), _summed(share * second, x2)


def _summed(gradient: Any, x: Any) -> Any:
    """A gradient summed up over the axes along which `x` was broadcast."""
    if gradient.shape == x.shape and x.shape.is_fully_defined():
        return gradient
    axes, _ = tf.raw_ops.BroadcastGradientArgs(s0=tf.shape(x), s1=tf.shape(gradient))
    return tf.reshape(tf.reduce_sum(gradient, axes), tf.shape(x))


def _either(name: str, of_bools: str) -> Callable:
    """The larger or smaller of two."""
    pick = kernel(name)
    bools = kernel(of_bools)
    floats = with_gradient(pick, _shared)

    def run(x1: Any, x2: Any) -> Any:
        if type(x1) is float or type(x1) is int:
            x1, x2 = x2, x1
        dtype = x1.dtype
        if dtype in FLOATS:
            return in_wide(floats, (x1, x2)) if dtype in FLOAT8 else floats(x1, x2)
        if dtype is tf.bool:
            return bools(x1, x2)
        return pick(x1, x2)

    return run


table.alias(maximum=_either("Maximum", "LogicalOr"), minimum=_either("Minimum", "LogicalAnd"))


@table.implements(ops.clip)
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    if x_min is not None:
        x = table.native["maximum"](x, x_min)
    return x if x_max is None else table.native["minimum"](x, x_max)


@tf.custom_gradient
def _sign_of_complex(x: Any) -> Any:
    """TensorFlow's own gradient is 0."""

    def gradient(upstream: Any) -> Any:
        # The sign once more, for the sake of the gradient's gradient.
        sign = _sign_of_complex(x)
        # What changes the length of x alone changes nothing.
        along = tf.cast(tf.math.real(upstream * tf.math.conj(sign)), x.dtype) * sign
        return tf.math.divide_no_nan(upstream - along, tf.cast(tf.abs(x), x.dtype))

    return _sign(x), gradient


@table.implements(ops.sign)
def sign(x: Any) -> Any:
    if x.dtype in COMPLEX:
        return _sign_of_complex(x)
    if x.dtype in UNSIGNED:
        return kernel("Minimum")(x, 1)
    return in_wide(_sign, (x,)) if x.dtype in FLOAT8 else _sign(x)


def _toward_zero(x: Any) -> Any:
    return _choose(x < 0, _ceil(x), _floor(x))


@table.implements(ops.trunc)
def trunc(x: Any) -> Any:
    if x.dtype not in FLOATS:
        return identity(x)
    return in_wide(_toward_zero, (x,)) if x.dtype in FLOAT8 else _toward_zero(x)


@table.implements(ops.round)
def round(x: Any, decimals: int) -> Any:
    dtype = x.dtype
    if dtype in COMPLEX:
        return tf.complex(round(tf.math.real(x), decimals), round(tf.math.imag(x), decimals))
    if dtype in INTEGERS:
        return _round_whole(x, decimals)
    if dtype in FLOAT8 or (decimals and dtype.size < 4):
        return in_wide(lambda y: round(y, decimals), (x,))
    if decimals == 0:
        return _round(x)
    decimals = decimals.__index__()
    factor = tf.constant(10.0 ** abs(decimals), dtype)
    return _round(x * factor) / factor if decimals > 0 else _round(x / factor) * factor


def _round_whole(x: Any, decimals: int) -> Any:
    """Of integers, to tens, hundreds, ...: a half goes to the even one."""
    if decimals >= 0:
        return identity(x)
    step = 10**-decimals
    if step > x.dtype.max:
        return tf.zeros_like(x)
    divisor = tf.constant(step, x.dtype)
    below = table.native["floor_divide"](x, divisor)
    rest = x - below * divisor
    half = tf.constant(step // 2, x.dtype)
    odd = tf.equal(below & tf.constant(1, x.dtype), 1)
    up = tf.logical_or(rest > half, tf.logical_and(tf.equal(rest, half), odd))
    return (below + cast(up, x.dtype)) * divisor
