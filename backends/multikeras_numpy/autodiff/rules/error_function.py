"""The error function and its relatives."""

from __future__ import annotations

import math

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient

_SLOPE = 2 / math.sqrt(math.pi)

gradient(ops.erf, needs="arguments", x=lambda g, y, x: g * _SLOPE * ops.exp(-x * x))
gradient(ops.erfc, needs="arguments", x=lambda g, y, x: g * -_SLOPE * ops.exp(-x * x))
gradient(ops.erfinv, needs="output", x=lambda g, y, x: g * (1 / _SLOPE) * ops.exp(y * y))
