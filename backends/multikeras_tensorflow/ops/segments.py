"""Sums, products and extremes over entries that carry the same number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras.ops.segments import greatest_of, least_of
from multikeras_tensorflow.gradients import at_hand
from multikeras_tensorflow.ops.segment_products import segment_product
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, INTEGERS, in_wide


def _perhaps_empty(result: Any, start: float) -> bool:
    """Whether a segment may have no entries. TensorFlow puts the end of the dtype there, which may be an infinity."""
    if result.dtype in INTEGERS:
        return False
    if not at_hand(result) or isinstance(start, int):
        return True
    end = result.dtype.min if start < 0 else result.dtype.max
    return bool(tf.reduce_any(tf.equal(result, tf.constant(end, result.dtype))))


def _reduction(kernel: Callable, start: Callable[[str], Any] | None) -> Callable:
    def run(data: Any, ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        return reduced(data, ids, num_segments, data.dtype.name)

    def reduced(data: Any, ids: Any, num_segments: int | None, dtype: str) -> Any:
        if ids.shape.rank != 1 or not data.shape[:1].is_compatible_with(ids.shape) or data.shape.rank == 0:
            raise ValueError("one number for each entry")
        if ids.dtype not in INTEGERS or data.dtype is tf.bool:
            raise TypeError("numbers are integers")
        if data.dtype in FLOAT8:
            return in_wide(lambda x: reduced(x, ids, num_segments, dtype), (data,))
        ids = tf.cast(ids, tf.int32)
        count: Any = num_segments
        if count is None:
            count = tf.maximum(tf.reduce_max(ids), -1) + 1
        # Numbers below zero are left out.
        if num_segments is None or (at_hand(ids) and int(tf.reduce_max(ids)) < count):
            known = ids
        else:
            known = tf.where(ids < count, ids, -1)
        result = kernel(data, known, count)
        if start is not None and _perhaps_empty(result, start(dtype)):
            ones = tf.math.unsorted_segment_sum(tf.ones_like(known), known, count)
            filled = tf.reshape(ones > 0, tf.concat([[-1], tf.ones(data.shape.rank - 1, tf.int32)], 0))
            result = tf.where(filled, result, tf.constant(start(dtype), data.dtype))
        result.set_shape([num_segments, *data.shape[1:]])
        return result

    return run


table.alias(
    segment_sum=_reduction(tf.math.unsorted_segment_sum, None),
    segment_prod=_reduction(segment_product, None),
    segment_max=_reduction(tf.math.unsorted_segment_max, least_of),
    segment_min=_reduction(tf.math.unsorted_segment_min, greatest_of),
)
