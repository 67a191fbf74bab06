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
    known = x.shape[-1]
    if known is not None and known >= sequence_length:
        return tf.signal.frame(x, sequence_length, sequence_stride)
    size = tf.shape(x)[-1]
    count = tf.maximum((size - sequence_length) // sequence_stride + 1, 0)
    places = tf.range(count)[:, None] * sequence_stride + tf.range(sequence_length)
    result = tf.gather(x, places, axis=-1)
    static = None if known is None else max((known - sequence_length) // sequence_stride + 1, 0)
    result.set_shape([*x.shape[:-1], static, sequence_length])
    return result


_CORRELATED = frozenset({tf.float32, tf.float64})


@table.implements(ops.correlate)
def correlate(x1: Any, x2: Any, mode: str) -> Any:
    sizes = (*x1.shape, *x2.shape)
    plain = len(sizes) == 2 and None not in sizes and 0 not in sizes and x1.dtype in _CORRELATED
    if not plain or sizes[0] < sizes[1] or mode not in ("valid", "same", "full"):
        return table.composite(ops.correlate)(x1, x2, mode)
    second = sizes[1]
    around = {"valid": (0, 0), "same": (second // 2, second - 1 - second // 2), "full": (second - 1, second - 1)}[mode]
    signal = tf.pad(x1, [around])[None, :, None]
    return tf.nn.conv1d(signal, x2[:, None, None], 1, "VALID")[0, :, 0]


table.takes_tensors_only("correlate")
