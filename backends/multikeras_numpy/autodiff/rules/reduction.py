"""Axes summed up, averaged, multiplied, or reduced to their largest or smallest entry."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient


def kept_shape(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """The shape of a result that keeps the axes that were reduced."""
    if axis is None:
        return (1,) * len(shape)
    axes = {a % len(shape) for a in (axis if isinstance(axis, (tuple, list)) else (axis,))} if axis != () else set()
    return tuple(1 if i in axes else size for i, size in enumerate(shape))


def with_axes(reduced: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """A result with the axes that were reduced, of size 1."""
    return reduced if keepdims else ops.reshape(reduced, kept_shape(shape, axis))


def _sum(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return ops.broadcast_to(with_axes(g, x.shape, axis, keepdims), x.shape)


def _mean(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    g = with_axes(g, x.shape, axis, keepdims)
    return ops.broadcast_to(g / (math.prod(x.shape) // max(1, math.prod(g.shape))), x.shape)


gradient(ops.sum, needs="nothing", x=_sum)
gradient(ops.mean, needs="nothing", x=_mean)


def _extreme(g: Any, y: Any, x: Any, axis: Any, keepdims: bool, initial: Any = None) -> Any:
    # Equals share.
    hits = ops.equal(x, with_axes(y, x.shape, axis, keepdims))
    count = ops.sum(ops.cast(hits, x.dtype.name), axis, True)
    if initial is not None:
        count = ops.maximum(count, 1.0)
    # Where nothing equals it, it is nan, and so is the cotangent.
    return ops.where(hits, with_axes(g, x.shape, axis, keepdims) / count, 0.0 / count)


for _op in (ops.max, ops.amax, ops.min, ops.amin):
    gradient(_op, x=_extreme)


def _prod(g: Any, y: Any, x: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    """The product of all others, without division: exact where entries are 0."""
    ndim = len(x.shape)
    g = with_axes(g, x.shape, axis, keepdims)
    axes = list(range(ndim)) if axis is None else [a % ndim for a in (axis if type(axis) in (tuple, list) else [axis])]
    others = [i for i in range(ndim) if i not in axes]
    order = [*others, *axes]
    rows = ops.cast(ops.transpose(x, order), g.dtype.name)
    moved = rows.shape
    rows = ops.reshape(rows, (*moved[: len(others)], math.prod(moved[len(others) :])))
    ones = ops.ones_like(rows[..., :1])
    before = ops.cumprod(ops.concatenate([ones, rows[..., :-1]], -1), -1)
    after = ops.flip(ops.cumprod(ops.concatenate([ones, ops.flip(rows[..., 1:], -1)], -1), -1), -1)
    back = [order.index(i) for i in range(ndim)]
    return g * ops.transpose(ops.reshape(before * after, moved), back)


gradient(ops.prod, needs="arguments", x=_prod)
