"""Exponentials, logarithms and roots."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient

gradient(ops.exp, needs="output", x=lambda g, y, x: g * y)
gradient(ops.exp2, needs="output", x=lambda g, y, x: g * y * math.log(2))
gradient(ops.expm1, needs="output", x=lambda g, y, x: g * (y + 1))
gradient(ops.log, needs="arguments", x=lambda g, y, x: g / x)
gradient(ops.log2, needs="arguments", x=lambda g, y, x: g / (x * math.log(2)))
gradient(ops.log10, needs="arguments", x=lambda g, y, x: g / (x * math.log(10)))
gradient(ops.log1p, needs="arguments", x=lambda g, y, x: g / (x + 1))
gradient(ops.sqrt, needs="output", x=lambda g, y, x: g * 0.5 / y)
gradient(ops.rsqrt, x=lambda g, y, x: g * -0.5 * y / x)


def _share(x: Any, y: Any) -> Any:
    """`exp(x - y)`, which is 1 where both are infinite."""
    infinite = ops.logical_and(ops.equal(x, y), ops.isinf(y))
    return ops.where(infinite, 1.0, ops.exp(x - y))


gradient(ops.logaddexp, x1=lambda g, y, x1, x2: g * _share(x1, y), x2=lambda g, y, x1, x2: g * _share(x2, y))
