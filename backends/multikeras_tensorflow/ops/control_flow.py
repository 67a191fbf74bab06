"""Which function runs depends on a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras_tensorflow.ops.comparison import truth
from multikeras_tensorflow.table import table


@table.implements(ops.cond)
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    if not (callable(true_fn) and callable(false_fn)):
        raise TypeError("no function")
    if pred.shape.rank > 1 or pred.shape.num_elements() not in (1, None):
        raise ValueError("a condition is one value")
    if tf.executing_eagerly():
        return true_fn() if pred.numpy().item() else false_fn()
    return tf.cond(tf.reshape(truth(pred), ()), true_fn, false_fn)
