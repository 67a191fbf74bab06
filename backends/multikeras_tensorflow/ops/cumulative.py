"""Running sums and products."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras_tensorflow.constants import integers
from multikeras_tensorflow.table import table
from multikeras_tensorflow.tensors import native_dtype
from multikeras_tensorflow.widened import FLOAT8, HALVES, cast, kernel, to

_sum = kernel("Cumsum")
_product = kernel("Cumprod")
_NARROW = HALVES | FLOAT8


def _run(scan: Any, x: Any, axis: int | None, dtype: Any) -> Any:
    result = x.dtype if dtype is None else native_dtype(standardize(dtype))
    if axis is None:
        x, axis = tf.reshape(x, integers((-1,))), 0
    x = to(x, result)
    if result in _NARROW:
        return to(scan(cast(x, tf.float32), integers(axis)), result)
    if result is tf.bool:
        return to(scan(cast(x, tf.int32), integers(axis)), result)
    return scan(x, integers(axis))


@table.implements(ops.cumsum)
def cumsum(x: Any, axis: int | None, dtype: Any) -> Any:
    return _run(_sum, x, axis, dtype)


@table.implements(ops.cumprod)
def cumprod(x: Any, axis: int | None, dtype: Any) -> Any:
    return _run(_product, x, axis, dtype)
