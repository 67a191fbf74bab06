"""The bits of numbers: seen as another dtype."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras.ops.float_bits import viewed_shape
from multikeras_tensorflow.constants import sizes, sizes_of
from multikeras_tensorflow.table import table
from multikeras_tensorflow.tensors import native_dtype


@table.implements(ops.view)
def view(x: Any, dtype: Any = None) -> Any:
    if dtype is None:
        return tf.identity(x)
    name = lattice.standardize(dtype)
    shape = viewed_shape(tuple(x.shape), x.dtype.name, name)
    wanted = native_dtype(name)
    if wanted is x.dtype:
        return tf.identity(x)
    before, after = x.dtype.size, wanted.size
    if before == after:
        return tf.bitcast(x, wanted)
    # TensorFlow's kernel splits each entry along a new axis, or joins those of a last axis of the right size.
    known = sizes(x)
    front, last = known[:-1], known[-1]
    if before < after:
        share = after // before
        result = tf.bitcast(tf.reshape(x, sizes_of((*front, last // share, share))), wanted)
    else:
        result = tf.reshape(tf.bitcast(x, wanted), sizes_of((*front, last * (before // after))))
    result.set_shape(shape)
    return result
