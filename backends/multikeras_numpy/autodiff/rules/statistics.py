"""Spread: the variance; the standard deviation is its root by its body."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.rules.reduction import kept_shape, with_axes


def _var(g: Any, y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    # That the mean moves too has no effect: it is where the sum of squares is least.
    g = with_axes(g, x.shape, axis, keepdims)
    count = math.prod(x.shape) // max(1, math.prod(kept_shape(x.shape, axis)))
    return (x - ops.mean(x, axis, True)) * (g * (2 / max(1, count)))


gradient(
    ops.var,
    needs="arguments",
    applies=lambda x, *rest: x.dtype.kind == "f" and x.dtype.itemsize > 2,
    x=_var,
)
