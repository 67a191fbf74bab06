"""The cross-entropy of classes, by TensorFlow's fused kernel for logits."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from multikeras import config, ops
from multikeras.ops._rules import canonical_axis
from multikeras_tensorflow.constants import integers, sizes
from multikeras_tensorflow.ops.indexing import inside_from_0, unchecked
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, INTEGERS, cast, kernel

table.takes_tensors_only("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")

_fused = kernel("SparseSoftmaxCrossEntropyWithLogits")
_choose = kernel("SelectV2")


@table.implements(ops.sparse_categorical_crossentropy)
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    rank = output.shape.rank
    axis = canonical_axis(axis, rank)
    if target.shape.rank == rank and target.shape[-1] == 1:
        target = tf.squeeze(target, -1)
    known = output.shape.as_list()
    if not target.shape.is_compatible_with(known[:axis] + known[axis + 1 :]):
        raise ValueError("not one class for each place")
    if target.dtype is not tf.int32 and target.dtype is not tf.int64:
        if target.dtype.is_complex:
            raise TypeError("classes are real numbers")
        target = cast(target, tf.int64 if target.dtype in INTEGERS and target.dtype.size >= 4 else tf.int32)
    classes = sizes(output)[axis]
    if known[axis] == 0:
        if 0 not in target.shape:
            raise IndexError("no classes")
        return tf.zeros(tf.shape(target), output.dtype)
    if axis != rank - 1:
        output = tf.transpose(output, (*(i for i in range(rank) if i != axis), axis))
    valid = None
    if unchecked(output, target):
        target, valid = inside_from_0(target, classes)
    if not from_logits or output.dtype in FLOAT8:
        loss = _of_probabilities(target, output, from_logits)
    elif rank != 2:
        loss = _fused(tf.reshape(output, [-1, classes]), tf.reshape(target, integers((-1,)))).loss
        loss = tf.reshape(loss, sizes(target))
        loss.set_shape(target.shape)
    else:
        loss = _fused(output, target).loss
    return loss if valid is None else _choose(valid, loss, tf.constant(math.nan, loss.dtype))


def _of_probabilities(target: Any, output: Any, from_logits: bool) -> Any:
    """The loss for classes that are all in range, along the last axis, without the fused kernel."""
    if from_logits:
        logarithms = table.native["log_softmax"](output, -1)
    else:
        share = table.native["divide"](output, table.native["sum"](output, -1, True))
        least = config.epsilon()
        logarithms = table.native["log"](table.native["clip"](share, least, 1.0 - least))
    chosen = tf.gather(logarithms, tf.expand_dims(target, -1), axis=-1, batch_dims=output.shape.rank - 1)
    return table.native["negative"](tf.squeeze(chosen, -1))
