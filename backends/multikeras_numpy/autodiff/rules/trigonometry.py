"""Trigonometric and hyperbolic functions."""

from __future__ import annotations

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient

gradient(ops.sin, needs="arguments", x=lambda g, y, x: g * ops.cos(x))
gradient(ops.cos, needs="arguments", x=lambda g, y, x: -g * ops.sin(x))
gradient(ops.tan, needs="output", x=lambda g, y, x: g * (y * y + 1))
gradient(ops.arcsin, needs="arguments", x=lambda g, y, x: g / ops.sqrt((1 - x) * (1 + x)))
gradient(ops.arccos, needs="arguments", x=lambda g, y, x: -g / ops.sqrt((1 - x) * (1 + x)))
gradient(ops.arctan, needs="arguments", x=lambda g, y, x: g / (x * x + 1))
gradient(
    ops.arctan2,
    needs="arguments",
    x1=lambda g, y, x1, x2: g * x2 / (x1 * x1 + x2 * x2),
    x2=lambda g, y, x1, x2: -g * x1 / (x1 * x1 + x2 * x2),
)
gradient(ops.sinh, needs="arguments", x=lambda g, y, x: g * ops.cosh(x))
gradient(ops.cosh, needs="arguments", x=lambda g, y, x: g * ops.sinh(x))
gradient(ops.tanh, needs="output", x=lambda g, y, x: g * (1 - y * y))
gradient(ops.arcsinh, needs="arguments", x=lambda g, y, x: g / ops.sqrt(x * x + 1))
gradient(ops.arccosh, needs="arguments", x=lambda g, y, x: g / ops.sqrt((x - 1) * (x + 1)))
gradient(ops.arctanh, needs="arguments", x=lambda g, y, x: g / ((1 - x) * (1 + x)))
gradient(
    ops.hypot,
    x1=lambda g, y, x1, x2: g * ops.divide_no_nan(x1, y),
    x2=lambda g, y, x1, x2: g * ops.divide_no_nan(x2, y),
)
