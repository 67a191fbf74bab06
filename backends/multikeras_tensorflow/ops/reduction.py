"""Axes summed up, averaged, or reduced to their largest, smallest, any or all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.ops._rules import accumulated, canonical_axis
from multikeras_tensorflow.constants import axes_of, integers, sizes, sizes_of
from multikeras_tensorflow.gradients import values_alone
from multikeras_tensorflow.ops.comparison import truth
from multikeras_tensorflow.table import table
from multikeras_tensorflow.tensors import native_dtype
from multikeras_tensorflow.widened import FLOAT8, FLOATS, HALVES, cast, in_wide, kernel, to

_sum = kernel("Sum")
_mean = kernel("Mean")
_prod = kernel("Prod")
_max = kernel("Max")
_min = kernel("Min")
_argmax = kernel("ArgMax")
_argmin = kernel("ArgMin")
_any = kernel("Any")
_all = kernel("All")
_equal = kernel("Equal")
_isnan = kernel("IsNan")
_or = kernel("LogicalOr")
_not = kernel("LogicalNot")

# The dtypes that are summed up in wider ones.
_SUMMED_IN = {
    tf.bool: tf.int32,
    tf.int8: tf.int32,
    tf.int16: tf.int32,
    tf.uint8: tf.uint32,
    tf.uint16: tf.uint32,
}
# Halves lose, or overflow, what they would sum up themselves.
_SMALL = HALVES | FLOAT8


@table.implements(ops.sum)
def sum(x: Any, axis: Any, keepdims: bool) -> Any:
    dtype = x.dtype
    axes = axes_of(axis, x.shape.rank)
    if dtype in _SUMMED_IN:
        return _sum(cast(x, _SUMMED_IN[dtype]), axes, keepdims)
    if dtype in _SMALL:
        return cast(_sum(cast(x, tf.float32), axes, keepdims), dtype)
    return _sum(x, axes, keepdims)


@table.implements(ops.mean)
def mean(x: Any, axis: Any, keepdims: bool) -> Any:
    axes = axes_of(axis, x.shape.rank)
    if x.dtype in _SMALL:
        return cast(_mean(cast(x, tf.float32), axes, keepdims), x.dtype)
    if x.dtype.is_complex and not x.shape.num_elements():
        # The kernel makes 0 of no complex numbers, and nan of no real ones.
        return tf.complex(_mean(tf.math.real(x), axes, keepdims), _mean(tf.math.imag(x), axes, keepdims))
    return _mean(x, axes, keepdims)


@table.implements(ops.prod)
def prod(x: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    result = native_dtype(accumulated(x.dtype.name) if dtype is None else standardize(dtype))
    axes = axes_of(axis, x.shape.rank)
    if result in _SMALL:
        return to(_prod(cast(x, tf.float32), axes, keepdims), result)
    if result is tf.bool:
        return _all(truth(x), axes, keepdims)
    x = to(x, result)
    if not (x.dtype.is_floating or x.dtype.is_complex) or values_alone(x):
        return _prod(x, axes, keepdims)
    named = range(x.shape.rank) if axis is None else axis if isinstance(axis, (list, tuple)) else [axis]
    return _product(x, [canonical_axis(a, x.shape.rank) for a in named], axes, keepdims)


def _product(x: Any, along: list[int], axes: Any, keepdims: bool) -> Any:
    """The product, with a gradient of its own: the second one of TensorFlow's is wrong where there are zeros."""
    others = [i for i in range(x.shape.rank) if i not in along]
    order = [*others, *along]
    kept = [1 if i in along else n for i, n in enumerate(sizes(x))]

    @tf.custom_gradient
    def run(x: Any) -> Any:
        def pull(upstream: Any) -> Any:
            moved = tf.transpose(tf.math.conj(x) if x.dtype.is_complex else x, order)
            rows: Any = tf.reshape(moved, sizes_of([*sizes(moved)[: len(others)], -1]))
            ones = tf.ones_like(rows[..., :1])
            before = ops.cumprod(tf.concat([ones, rows[..., :-1]], -1), -1)
            after = ops.cumprod(tf.concat([ones, tf.reverse(rows[..., 1:], [-1])], -1), -1)
            slopes = tf.reshape(before * tf.reverse(after, [-1]), sizes_of(sizes(moved)))
            slopes = tf.transpose(slopes, [order.index(i) for i in range(len(order))])
            return slopes * (upstream if keepdims else tf.reshape(upstream, sizes_of(kept)))

        return _prod(x, axes, keepdims), pull

    return run(x)


def _reaches(x: Any, axis: Any) -> None:
    """Raise where a maximum or minimum would be taken over no entries, as far as that is known."""
    shape = x.shape
    if 0 in shape:
        axes = range(shape.rank) if axis is None else axis if isinstance(axis, (list, tuple)) else (axis,)
        if any(shape[a] == 0 for a in axes):
            raise ValueError("over no entries")


def _extreme(reduce: Callable, of_bools: Callable, pair: str) -> tuple[Callable, Callable]:
    """The largest or smallest entry, without and with an initial value."""

    def over(x: Any, axis: Any, keepdims: bool) -> Any:
        axes = axes_of(axis, x.shape.rank)
        dtype = x.dtype
        if dtype is tf.bool:
            return of_bools(x, axes, keepdims)
        if dtype in FLOAT8:
            return in_wide(lambda y: reduce(y, axes, keepdims), (x,))
        return reduce(x, axes, keepdims)

    def plain(x: Any, axis: Any, keepdims: bool) -> Any:
        _reaches(x, axis)
        return over(x, axis, keepdims)

    def run(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
        if initial is None:
            return plain(x, axis, keepdims)
        first = to(tf.convert_to_tensor(initial), x.dtype)
        if first.shape.rank:
            raise ValueError("one number")
        return table.native[pair](over(x, axis, keepdims), first)

    return plain, run


amax, max = _extreme(_max, _any, "maximum")
amin, min = _extreme(_min, _all, "minimum")
table.alias(amax=amax, amin=amin, max=max, min=min)


def _truth(reduce: Callable) -> Callable:
    def run(x: Any, axis: Any, keepdims: bool) -> Any:
        return reduce(truth(x), axes_of(axis, x.shape.rank), keepdims)

    return run


table.alias(all=_truth(_all), any=_truth(_any))


def _position(find: Callable, reduce: Callable) -> Callable:
    """Where the first of the largest or smallest entries is; nan goes before all."""

    def run(x: Any, axis: int | None, keepdims: bool) -> Any:
        shape = x.shape
        rank = shape.rank
        if axis is None:
            x, along = tf.reshape(x, integers((-1,))), 0
        else:
            along = axis.__index__()
        if x.shape[along] == 0:
            raise ValueError("over no entries")
        if x.dtype in FLOAT8:
            x = cast(x, tf.float32)
        place = integers(along)
        if x.dtype in FLOATS:
            found = _argmax(_or(_equal(x, reduce(x, place, True)), _isnan(x)), place, tf.int32)
        elif x.dtype is tf.bool and find is _argmin:
            found = _argmax(_not(x), place, tf.int32)
        else:
            found = find(x, place, tf.int32)
        if not keepdims:
            return found
        return tf.reshape(found, integers((1,) * rank)) if axis is None else tf.expand_dims(found, along)

    return run


table.alias(argmax=_position(_argmax, _max), argmin=_position(_argmin, _min))


@table.implements(ops.count_nonzero)
def count_nonzero(x: Any, axis: Any) -> Any:
    return sum(truth(x), axis, False)
