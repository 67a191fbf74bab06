"""Kernels with other gradients than TensorFlow's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import record

# Whether a tape is open. There is no public way to ask.
recorded = record.could_possibly_record
_EAGER = tf.__internal__.EagerTensor  # type: ignore[attr-defined]


def at_hand(x: Any) -> bool:
    """Whether the values of a tensor can be read without waiting for an accelerator."""
    return type(x) is _EAGER and "CPU" in x.device


def values_alone(*tensors: Any) -> bool:
    """Whether the values of a call alone count: it is neither recorded nor traced."""
    return not recorded() and all(type(x) is _EAGER for x in tensors)


def readable(*tensors: Any) -> bool:
    """Whether the values of a call alone count, and can be read at once: see `values_alone` and `at_hand`."""
    return all(map(at_hand, tensors)) and values_alone(*tensors)


def with_gradient(function: Callable, gradient: Callable) -> Callable:
    """A function of two tensors with a gradient of its own.

    Where nothing is recorded, the function alone is called: wrapping it takes longer than a kernel.

    Args:
        function: Takes two tensors, or one and a Python number.
        gradient: `gradient(x1, x2, result, upstream)` returns the gradients with respect to both.
    """

    @tf.custom_gradient
    def wrapped(x1: Any, x2: Any) -> Any:
        result = function(x1, x2)
        return result, lambda upstream: gradient(x1, x2, result, upstream)

    def run(x1: Any, x2: Any) -> Any:
        if type(x1) is _EAGER and not recorded():
            return function(x1, x2)
        if not isinstance(x2, (tf.Tensor, tf.Variable)):
            x2 = tf.constant(x2, x1.dtype)
        return wrapped(tf.convert_to_tensor(x1), tf.convert_to_tensor(x2))

    return run
