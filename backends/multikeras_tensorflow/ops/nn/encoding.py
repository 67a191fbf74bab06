"""Class indices as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras.dtypes.lattice import numpy_dtype, standardize
from multikeras.errors import NotSupportedError
from multikeras_tensorflow.gradients import readable
from multikeras_tensorflow.host_memory import entries, tensor_of
from multikeras_tensorflow.table import table
from multikeras_tensorflow.tensors import native_dtype
from multikeras_tensorflow.widened import FLOAT8, cast, kernel, to

_one_hot = kernel("OneHot")
_INDICES = frozenset({tf.uint8, tf.int8, tf.int32, tf.int64})


@table.implements(ops.one_hot)
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    if sparse:
        raise NotSupportedError(
            "The tensorflow backend makes no sparse tensors.", received="sparse=True", hint="sparse=False"
        )
    wanted = native_dtype(standardize(dtype))
    made = tf.float32 if wanted in FLOAT8 else wanted
    if x.dtype not in _INDICES:
        if x.dtype.is_complex:
            raise TypeError("complex numbers are no classes")
        x = cast(x, tf.int64)
    rank = x.shape.rank
    if axis < 0:
        axis += rank + 1
    if not 0 <= axis <= rank:
        raise ValueError("no such axis")
    on, off = tf.ones((), made), tf.zeros((), made)
    return to(_one_hot(x, num_classes, on, off, -1 if axis == rank else axis), wanted)


@table.implements(ops.multi_hot)
def multi_hot(
    inputs: Any, num_classes: Any = None, axis: int = -1, dtype: Any = None, sparse: bool = False, **others: Any
) -> Any:
    plain = inputs.dtype in _INDICES and inputs.shape.rank == 2 and axis in (-1, 2) and not sparse and not others
    if not plain or type(num_classes) is not int or num_classes < 0 or not readable(inputs):
        return table.composite(ops.multi_hot)(inputs, num_classes, axis, dtype, sparse, **others)
    # One is written for each index, in the place of a vector.
    places = entries(inputs)
    inside = (places >= 0) & (places < num_classes)
    result = np.zeros((len(places), num_classes), numpy_dtype(standardize(dtype)))
    result[np.nonzero(inside)[0], places[inside]] = 1
    return tensor_of(result)
