"""Softmax and what belongs to it, by TensorFlow's fused kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops._rules import canonical_axes
from multikeras_tensorflow.constants import integers, sizes
from multikeras_tensorflow.gradients import readable
from multikeras_tensorflow.host_memory import surely_finite
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, HALVES, identity, in_wide, kernel

_transpose = kernel("Transpose")


def _over_axes(last: Callable) -> Callable:
    """A kernel for the last axis over any."""

    def run(x: Any, axis: Any) -> Any:
        if x.dtype in FLOAT8:
            return in_wide(lambda y: run(y, axis), (x,))
        rank = x.shape.rank
        if rank and (axis == -1 or axis == rank - 1):
            return last(x)
        axes = canonical_axes(axis, rank)
        if not axes:
            return tf.squeeze(last(tf.expand_dims(x, -1)), -1)
        if len(axes) == 1 and axes[0] == rank - 1:
            return last(x)
        others = tuple(i for i in range(rank) if i not in axes)
        order = (*others, *axes)
        moved = _transpose(x, integers(order))
        if len(axes) == 1:
            result = last(moved)
        else:
            shape = sizes(moved)
            total = 1
            for n in shape[len(others) :]:
                total = total * n
            result = tf.reshape(last(tf.reshape(moved, [*shape[: len(others)], total])), shape)
        back = tuple(order.index(i) for i in range(rank))
        return _transpose(result, integers(back))

    return run


# The kernel refuses more.
_MOST_AXES = 5

_softmax = kernel("Softmax")
_sum = kernel("Sum")
_mul = kernel("Mul")
_add = kernel("AddV2")
_stop_gradient = kernel("StopGradient")


def _whole(x: Any) -> Any:
    """Softmax over the last axis. The kernel leaves nan where it is; here it spoils the whole row, as it should."""
    if x.shape.rank > _MOST_AXES:
        shape = tf.shape(x)
        return tf.reshape(_whole(tf.reshape(x, tf.stack([tf.reduce_prod(shape[:-1]), shape[-1]]))), shape)
    result = _softmax(x)
    # The host waits for nothing here, and looks for nan before it writes.
    if readable(x) and surely_finite(result):
        return result
    return _add(result, _stop_gradient(_mul(_sum(result, integers(-1), True), 0.0)))


table.alias(softmax=_over_axes(_whole), log_softmax=_over_axes(kernel("LogSoftmax")))


@table.implements(ops.logsumexp)
def logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    if x.dtype in FLOAT8 or x.dtype in HALVES:
        return in_wide(lambda y: logsumexp(y, axis, keepdims), (x,))
    axes = canonical_axes(axis, x.shape.rank)
    return tf.reduce_logsumexp(x, axes, keepdims) if axes else identity(x)
