"""Class indices as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.errors import NotSupportedError
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
