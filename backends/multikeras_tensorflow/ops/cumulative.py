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
_kernel = kernel("Cumprod")
_NARROW = HALVES | FLOAT8


@tf.custom_gradient
def _product(x: Any, axis: Any) -> Any:
    # TensorFlow's own gradient is wrong behind zeros, and of complex numbers not the conjugate that others are.
    def pull(upstream: Any) -> tuple[Any, None]:
        base = tf.math.conj(x) if x.dtype.is_complex else x
        # Made anew, so that it has this gradient too.
        product = _product(base, axis)
        return tf.cond(
            tf.reduce_all(tf.not_equal(x, 0)),
            lambda: _sum(product * upstream, axis, reverse=True) / base,
            lambda: _pulled_past_zeros(base, product, upstream, axis),
        ), None

    return _kernel(x, axis), pull


def _pulled_past_zeros(x: Any, y: Any, upstream: Any, axis: Any) -> Any:
    """What comes before an entry times what follows from it, one step after the other: nothing is divided by."""
    axis = tf.where(axis < 0, axis + tf.rank(x), axis)
    order: Any = tf.concat([[axis], tf.range(axis), tf.range(axis + 1, tf.rank(x))], 0)
    x, y, upstream = (tf.transpose(each, order) for each in (x, y, upstream))
    before = tf.concat([tf.ones_like(y[:1]), y[:-1]], 0)
    following = tf.concat([x[1:], tf.zeros_like(x[:1])], 0)
    behind = tf.scan(
        lambda total, step: step[0] + step[1] * total, (upstream, following), tf.zeros_like(x[0]), reverse=True
    )
    return tf.transpose(before * behind, tf.math.invert_permutation(order))


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
