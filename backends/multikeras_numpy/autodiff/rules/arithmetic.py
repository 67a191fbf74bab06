"""The four operations and what is next to them."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.selection import kept_where

gradient(ops.add, needs="nothing", x1=lambda g, y, x1, x2: g, x2=lambda g, y, x1, x2: g)
gradient(ops.subtract, needs="nothing", x1=lambda g, y, x1, x2: g, x2=lambda g, y, x1, x2: -g)
gradient(ops.multiply, needs="arguments", x1=lambda g, y, x1, x2: g * x2, x2=lambda g, y, x1, x2: g * x1)
gradient(ops.divide, x1=lambda g, y, x1, x2: g / x2, x2=lambda g, y, x1, x2: -g * y / x2)
gradient(
    ops.divide_no_nan,
    x1=lambda g, y, x1, x2: ops.divide_no_nan(g, x2),
    x2=lambda g, y, x1, x2: -ops.divide_no_nan(g * y, x2),
)
gradient(
    ops.mod,
    needs="arguments",
    x1=lambda g, y, x1, x2: g,
    x2=lambda g, y, x1, x2: -g * ops.floor_divide(x1, x2),
)
gradient(ops.negative, needs="nothing", x=lambda g, y, x: -g)
gradient(ops.square, needs="arguments", x=lambda g, y, x: g * (x + x))
gradient(ops.reciprocal, needs="output", x=lambda g, y, x: -g * y * y)
gradient(ops.absolute, needs="arguments", x=lambda g, y, x: g * ops.conj(ops.sign(x)))


def _power_base(g: Any, y: Any, x1: Any, x2: Any) -> Any:
    # A power of 0 is constant, also where 0 to the power of -1 is infinite.
    varies = ops.not_equal(x2, 0)
    return g * kept_where(varies, x2 * ops.power(x1, ops.where(varies, x2 - 1, ops.ones_like(x2))))


def _power_exponent(g: Any, y: Any, x1: Any, x2: Any) -> Any:
    return g * y * ops.log(ops.where(ops.equal(x1, 0), ops.ones_like(x1), x1))


gradient(ops.power, x1=_power_base, x2=_power_exponent)
