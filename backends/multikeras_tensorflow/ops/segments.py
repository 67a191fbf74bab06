"""Sums, products and extremes over entries that carry the same number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras.ops.segments import greatest_of, least_of
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, INTEGERS, in_wide


def _reduction(kernel: Callable, start: Callable[[str], Any] | None) -> Callable:
    def run(data: Any, ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        if ids.shape.rank != 1 or not data.shape[:1].is_compatible_with(ids.shape) or data.shape.rank == 0:
            raise ValueError("one number for each entry")
        if ids.dtype not in INTEGERS or data.dtype is tf.bool:
            raise TypeError("numbers are integers")
        if data.dtype in FLOAT8:
            return in_wide(lambda x: run(x, ids, num_segments, sorted), (data,))
        ids = tf.cast(ids, tf.int32)
        count: Any = num_segments
        if count is None:
            count = tf.reduce_max(tf.concat([ids, [-1]], 0)) + 1
        # Numbers below zero are left out.
        known = tf.where(ids < count, ids, -1)
        result = kernel(data, known, count)
        if start is not None:
            ones = tf.math.unsorted_segment_sum(tf.ones_like(known), known, count)
            filled = tf.reshape(ones > 0, tf.concat([[-1], tf.ones(data.shape.rank - 1, tf.int32)], 0))
            result = tf.where(filled, result, tf.constant(start(data.dtype.name), data.dtype))
        result.set_shape([num_segments, *data.shape[1:]])
        return result

    return run


table.alias(
    segment_sum=_reduction(tf.math.unsorted_segment_sum, None),
    segment_prod=_reduction(tf.math.unsorted_segment_prod, None),
    segment_max=_reduction(tf.math.unsorted_segment_max, least_of),
    segment_min=_reduction(tf.math.unsorted_segment_min, greatest_of),
)
