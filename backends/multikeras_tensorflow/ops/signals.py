"""Signals cut into windows."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops.signals import check_counts
from multikeras_tensorflow.table import table


@table.implements(ops.extract_sequences)
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    check_counts(sequence_length=sequence_length, sequence_stride=sequence_stride)
    size = tf.shape(x)[-1]
    count = tf.maximum((size - sequence_length) // sequence_stride + 1, 0)
    places = tf.range(count)[:, None] * sequence_stride + tf.range(sequence_length)
    result = tf.gather(x, places, axis=-1)
    known = x.shape[-1]
    static = None if known is None else max((known - sequence_length) // sequence_stride + 1, 0)
    result.set_shape([*x.shape[:-1], static, sequence_length])
    return result
