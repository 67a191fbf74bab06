"""Running sums and products."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.traced import Traced


def _sum_from_behind(x: Any, axis: int) -> Any:
    return ops.flip(ops.cumsum(ops.flip(x, axis), axis), axis)


def _cumsum(g: Any, y: Any, x: Any, axis: int | None, dtype: Any) -> Any:
    return ops.reshape(_sum_from_behind(g, 0 if axis is None else axis), x.shape)


def _cumprod(g: Any, y: Any, x: Any, axis: int | None, dtype: Any) -> Any:
    """Entry i is in the products from i on: without zeros their sum, times cotangents, divided by entry i.

    The same holds for an entry before the first zero, as products vanish from there on. The first zero itself is in
    the products as they are with 1 in its place, and later entries are in products that stay 0.
    """
    axis = 0 if axis is None else axis
    factors = ops.cast(ops.reshape(x, g.shape), g.dtype.name)
    if isinstance(factors, Traced):
        return ops.reshape(_without_each(g, factors, axis), x.shape)
    zero = ops.equal(factors, 0)
    first_zero = ops.logical_and(zero, ops.equal(ops.cumsum(ops.cast(zero, "int32"), axis), 1))
    one = ops.ones_like(factors)
    slopes = _sum_from_behind(g * y, axis) / ops.where(zero, one, factors)
    at_zero = _sum_from_behind(g * ops.cumprod(ops.where(first_zero, one, factors), axis), axis)
    return ops.reshape(ops.where(first_zero, at_zero, slopes), x.shape)


def _without_each(g: Any, factors: Any, axis: int) -> Any:
    """The same from the products without each entry, `n` times the work: what vanishes behind zeros has slopes here."""
    rows, g = ops.moveaxis(factors, axis, -1), ops.moveaxis(g, axis, -1)
    others = ops.where(ops.eye(rows.shape[-1], dtype="bool"), 1.0, ops.expand_dims(rows, -2))
    slopes = ops.sum(ops.triu(ops.cumprod(others, -1)) * ops.expand_dims(g, -2), -1)
    return ops.moveaxis(slopes, -1, axis)


gradient(ops.cumsum, needs="nothing", x=_cumsum)
gradient(ops.cumprod, x=_cumprod)
