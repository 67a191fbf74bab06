"""Decoding by TensorFlow's kernels, which XLA has not."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras.backend import Spec
from multikeras.ops.nn.decoding import check_decoding
from multikeras_tensorflow.compile import compiles_for_xla
from multikeras_tensorflow.constants import integers
from multikeras_tensorflow.gradients import readable
from multikeras_tensorflow.host_memory import entries, surely_finite, tensor_of
from multikeras_tensorflow.table import table
from multikeras_tensorflow.tensors import spec_of
from multikeras_tensorflow.widened import kernel


@table.implements(ops.ctc_decode)
def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str,
    beam_width: int,
    top_paths: int,
    merge_repeated: bool,
    mask_index: int | None,
) -> tuple[Any, Any]:
    # The kernel adds in 32 bits.
    narrow = inputs.dtype is not tf.float64
    if strategy == "beam_search" and narrow and not compiles_for_xla() and 0 not in inputs.shape:
        specs = spec_of(inputs), spec_of(sequence_lengths)
        check_decoding(*specs, strategy, beam_width, top_paths, mask_index)
        # The kernel fails where there are fewer paths than it is asked for; there is always one.
        if top_paths == 1:
            return _searched(specs[0], inputs, sequence_lengths, int(beam_width), 1, mask_index)
        if tf.executing_eagerly():
            try:
                return _searched(specs[0], inputs, sequence_lengths, int(beam_width), int(top_paths), mask_index)
            except tf.errors.InvalidArgumentError:
                pass
    at_once = readable(inputs, sequence_lengths)
    if strategy == "greedy" and at_once and inputs.dtype in _READ and 0 not in inputs.shape and surely_finite(inputs):
        check_decoding(spec_of(inputs), spec_of(sequence_lengths), strategy, beam_width, top_paths, mask_index)
        return _best_classes(inputs, sequence_lengths, bool(merge_repeated), -1 if mask_index is None else mask_index)
    body = table.composite(ops.ctc_decode)
    return body(inputs, sequence_lengths, strategy, beam_width, top_paths, merge_repeated, mask_index)


_READ = frozenset({tf.float32, tf.float64})
_greedy = kernel("CTCGreedyDecoder")
_transpose = kernel("Transpose")


def _best_classes(inputs: Any, lengths: Any, merge_repeated: bool, blank: Any) -> tuple[Any, Any]:
    batch, steps, _ = inputs.shape
    ends = np.clip(entries(lengths), 0, steps).astype(np.int32)
    steps_first = _transpose(inputs, integers((1, 0, 2)))
    places, found, _, scores = _greedy(steps_first, tf.constant(ends), merge_repeated, blank.__index__())
    labels = np.full((1, batch, steps), -1, np.int32)
    rows, at = entries(places).T
    labels[0, rows, at] = entries(found)
    return tensor_of(labels), scores


def _searched(
    given: Spec, inputs: Any, lengths: Any, width: int, paths: int, mask_index: int | None
) -> tuple[Any, Any]:
    inputs = tf.cast(inputs, tf.float32)
    batch, steps, classes = tf.unstack(tf.shape(inputs))
    blank = -1 if mask_index is None else int(mask_index)
    if blank < 0:
        blank = blank + (classes if given.shape[2] is None else given.shape[2])
    if not isinstance(blank, int) or given.shape[2] != blank + 1:
        # The kernel's blank is the last class.
        inputs = tf.concat([inputs[:, :, :blank], inputs[:, :, blank + 1 :], inputs[:, :, blank : blank + 1]], -1)
    ends = tf.clip_by_value(tf.cast(lengths, tf.int32), 0, steps)
    found, scores = tf.nn.ctc_beam_search_decoder(tf.transpose(inputs, (1, 0, 2)), ends, width, paths)
    labels = tf.stack(
        [
            tf.tensor_scatter_nd_update(
                tf.fill([batch, steps], -1), tf.cast(path.indices, tf.int32), tf.cast(path.values, tf.int32)
            )
            for path in found
        ]
    )
    labels = tf.where(labels >= blank, labels + 1, labels)
    labels.set_shape([paths, given.shape[0], given.shape[1]])
    scores.set_shape([given.shape[0], paths])
    return labels, scores
