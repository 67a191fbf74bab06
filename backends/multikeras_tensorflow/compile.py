"""Compiled steps by `tf.function`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.autograph.core import config as autograph

from multikeras.backend import Spec, StepOptions
from multikeras_tensorflow import tensors

# A user's `tf.function` that calls a model has its own code converted, not core's, which has no source for some of it:
# what TensorFlow does for Keras. There is no public way to say so.
autograph.CONVERSION_RULES = (autograph.DoNotConvert("multikeras"), *autograph.CONVERSION_RULES)


def step(fn: Callable, options: StepOptions) -> Callable:
    """`fn` as a graph; by XLA where the whole is to be compiled. A size that changes becomes unknown at its second
    value."""
    return tf.function(fn, autograph=False, jit_compile=options.whole or None, reduce_retracing=True)


def traced(fn: Callable, specs: Sequence[Spec]) -> Any:
    """What `fn` returns for tensors of a graph that is thrown away."""
    with tf.__internal__.FuncGraph("shapes").as_default():  # type: ignore[attr-defined]
        return fn(*(tf.compat.v1.placeholder(tensors.native_dtype(s.dtype), s.shape) for s in specs))


def host_call(fn: Callable[..., np.ndarray], spec: Spec, *arguments: Any) -> Any:
    """The tensor that `fn`, called on NumPy arrays, returns; also inside a graph."""
    result = tf.numpy_function(
        lambda *xs: np.asarray(fn(*xs)), [tf.convert_to_tensor(x) for x in arguments], tensors.native_dtype(spec.dtype)
    )
    result.set_shape([s if isinstance(s, int) else None for s in spec.shape])
    return result
