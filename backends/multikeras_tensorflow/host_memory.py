"""The values of tensors that lie in the memory of the host, for what NumPy does faster than TensorFlow's kernels.

`numpy()` of an eager tensor copies; `tf.convert_to_tensor` copies what it is given once more than it has to.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow as tf

from multikeras_tensorflow.widened import COMPLEX, INTEGERS, identity

_BUFFERS = COMPLEX | INTEGERS | {tf.bool, tf.float16, tf.float32, tf.float64}
_IN_BLAS = frozenset({tf.float32, tf.float64})


def entries(x: Any) -> np.ndarray:
    """The values of an eager tensor that is `at_hand`, not to be written to: its own memory, or else a copy."""
    return np.asarray(memoryview(x)) if x.dtype in _BUFFERS else x.numpy()


def tensor_of(array: np.ndarray) -> Any:
    """The tensor of an array that nothing writes to any more."""
    return identity(array)


def surely_finite(x: Any) -> bool:
    """Whether a floating tensor that is `at_hand` holds neither infinity nor nan; perhaps false where numbers are huge.

    One number that all entries go into tells it, in one pass that writes nothing.
    """
    if x.dtype in _IN_BLAS:
        flat = entries(x).reshape(-1)
        with np.errstate(all="ignore"):
            return math.isfinite(np.dot(flat, flat))
    return math.isfinite(float(tf.reduce_sum(x)))


def extremes(x: Any) -> tuple[float, float]:
    """The least and the largest entry of a real tensor that is `at_hand`."""
    if x.dtype in _IN_BLAS and 0 not in x.shape:
        values = entries(x)
        with np.errstate(all="ignore"):
            return float(values.min()), float(values.max())
    return float(tf.reduce_min(x)), float(tf.reduce_max(x))
