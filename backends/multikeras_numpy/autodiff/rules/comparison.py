"""One of two tensors, entry by entry."""

from __future__ import annotations

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.selection import kept_where

# By selection and not by products: a cotangent that is not finite stays on its side.
gradient(
    ops.where,
    needs="arguments",
    x1=lambda g, y, condition, x1, x2: kept_where(ops.not_equal(condition, 0), g),
    x2=lambda g, y, condition, x1, x2: kept_where(ops.equal(condition, 0), g),
)
