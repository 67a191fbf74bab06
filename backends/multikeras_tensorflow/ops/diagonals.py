"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops._rules import canonical_axis
from multikeras_tensorflow.ops.reduction import sum
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, in_wide


@table.implements(ops.diagonal)
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    if x.dtype in FLOAT8:
        return in_wide(lambda y: diagonal(y, offset, axis1, axis2), (x,))
    if x.dtype is tf.bool:
        # Of these TensorFlow maps no call.
        return tf.cast(diagonal(tf.cast(x, tf.int8), offset, axis1, axis2), tf.bool)
    rank = x.shape.rank
    if rank < 2:
        raise ValueError("two axes at least")
    first, second = canonical_axis(axis1, rank), canonical_axis(axis2, rank)
    if first == second:
        raise ValueError("one axis")
    order = (*(i for i in range(rank) if i not in (first, second)), first, second)
    if order != tuple(range(rank)):
        x = tf.transpose(x, order)
    # The kernel knows no diagonal that lies outside of the matrix: what is left of it from there on is one.
    if offset:
        x = x[..., -offset:, :] if offset < 0 else x[..., :, offset:]
    return tf.linalg.diag_part(x)


@table.implements(ops.trace)
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return sum(diagonal(x, offset, axis1, axis2), -1, False)


@table.implements(ops.diag)
def diag(x: Any, k: int = 0) -> Any:
    if x.shape.rank == 2:
        return diagonal(x, k)
    if x.shape.rank != 1:
        raise ValueError("one axis or two")
    if x.dtype in FLOAT8:
        return in_wide(lambda y: diag(y, k), (x,))
    if x.dtype is tf.bool:
        # As above.
        return tf.cast(diag(tf.cast(x, tf.int8), k), tf.bool)
    return tf.pad(tf.linalg.diag(x), [(max(-k, 0), max(k, 0)), (max(k, 0), max(-k, 0))])


def _triangle(x: Any, k: int, upper: bool) -> Any:
    if x.shape.rank < 2:
        raise ValueError("two axes at least")
    if x.dtype in FLOAT8:
        return in_wide(lambda y: _triangle(y, k, upper), (x,))
    rows, columns = x.shape[-2:]
    if upper and k <= 0 and rows is not None:
        return tf.linalg.band_part(x, min(-k, rows), -1)
    if not upper and k >= 0 and columns is not None:
        return tf.linalg.band_part(x, -1, min(k, columns))
    shape = tf.shape(x)
    places = tf.range(shape[-2])[:, None] + k
    columns = tf.range(shape[-1])
    kept = columns >= places if upper else columns <= places
    return tf.where(kept, x, tf.zeros((), x.dtype))


@table.implements(ops.tril)
def tril(x: Any, k: int = 0) -> Any:
    return _triangle(x, k, False)


@table.implements(ops.triu)
def triu(x: Any, k: int = 0) -> Any:
    return _triangle(x, k, True)
