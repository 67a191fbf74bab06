"""One of two tensors, entry by entry."""

from __future__ import annotations

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient

# By selection and not by products: a cotangent that is not finite stays on its side.
gradient(
    ops.where,
    needs="arguments",
    x1=lambda g, y, condition, x1, x2: ops.where(condition, g, 0.0),
    x2=lambda g, y, condition, x1, x2: ops.where(condition, 0.0, g),
)
