"""Layer normalization in few passes: a product with ones takes a fraction of the time of a reduction of rows."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import config, ops
from multikeras_tensorflow.compile import graph_for_processor
from multikeras_tensorflow.table import table

_LAST = (-1, (-1,), [-1])


@tf.custom_gradient
def _normalized(x: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    """The rows of a matrix with mean 0 and variance 1, times `gamma`, plus `beta`.

    With `h` the normalized rows, the gradient is `(gamma * g - mean(gamma * g) - h * mean(gamma * g * h)) / deviation`.
    """
    size = x.shape[1]
    ones = tf.ones((size, 1), x.dtype)
    centred = x - tf.matmul(x, ones) * (1 / size)
    inverse = tf.math.rsqrt(tf.matmul(tf.square(centred), ones) * (1 / size) + epsilon)
    h = centred * inverse

    def pull(upstream: Any) -> tuple[Any, Any, Any, None]:
        along = upstream * h
        rows = tf.ones((1, tf.shape(x)[0]), x.dtype)
        weights = tf.reshape(gamma, (size, 1)) * (1 / size)
        inner = upstream * gamma - tf.matmul(upstream, weights) - h * tf.matmul(along, weights)
        return (
            inner * inverse,
            tf.reshape(tf.matmul(rows, along), (size,)),
            tf.reshape(tf.matmul(rows, upstream), (size,)),
            None,
        )

    return h * gamma + beta, pull


def _in_few_passes(x: Any, gamma: Any, beta: Any, axis: Any) -> bool:
    """Whether a graph for the CPU is traced, of rows of float32: accelerators multiply with fewer bits, and eager
    kernels are too short for it."""
    return (
        graph_for_processor()
        and axis in _LAST
        and gamma is not None
        and beta is not None
        and x.dtype is tf.float32
        and gamma.dtype is tf.float32
        and beta.dtype is tf.float32
        and x.shape.rank is not None
        and x.shape.rank > 1
        and bool(x.shape[-1])
        and gamma.shape == beta.shape == x.shape[-1:]
    )


@table.implements(ops.layer_normalization)
def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None, **kwargs: Any
) -> Any:
    if kwargs or not _in_few_passes(x, gamma, beta, axis):
        return table.composite(ops.layer_normalization)(x, gamma, beta, axis, epsilon, **kwargs)
    rows = tf.reshape(x, (-1, x.shape[-1]))
    result = _normalized(rows, gamma, beta, config.epsilon() if epsilon is None else epsilon)
    result = tf.reshape(result, tf.shape(x))
    result.set_shape(x.shape)
    return result
