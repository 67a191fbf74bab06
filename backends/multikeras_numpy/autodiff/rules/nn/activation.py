"""Activations, entry by entry and along an axis."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.selection import kept_where

gradient(ops.relu, needs="output", x=lambda g, y, x: kept_where(ops.greater(y, 0), g))
gradient(
    ops.relu6,
    needs="output",
    x=lambda g, y, x: kept_where(ops.logical_and(ops.greater(y, 0), ops.less(y, 6)), g),
)
gradient(
    ops.leaky_relu,
    needs="arguments",
    x=lambda g, y, x, negative_slope: ops.where(ops.greater_equal(x, 0), g, g * negative_slope),
)
gradient(
    ops.elu,
    x=lambda g, y, x, alpha: ops.where(ops.greater(x, 0), g, g * (y + alpha)),
)
gradient(ops.sigmoid, needs="output", x=lambda g, y, x: g * y * (1 - y))
gradient(ops.softplus, needs="arguments", x=lambda g, y, x: g * ops.sigmoid(x))


def _silu(g: Any, y: Any, x: Any) -> Any:
    s = ops.sigmoid(x)
    return g * s * (1 + x * (1 - s))


gradient(ops.silu, needs="arguments", x=_silu)


def _gelu(g: Any, y: Any, x: Any, approximate: bool) -> Any:
    if approximate:
        factor = math.sqrt(2 / math.pi)
        t = ops.tanh((x + x * x * x * 0.044715) * factor)
        return g * 0.5 * (1 + t + x * (1 - t * t) * (factor + x * x * (3 * 0.044715 * factor)))
    below = ops.erfc(x * -math.sqrt(0.5)) * 0.5
    return g * (below + x * ops.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi)))


gradient(ops.gelu, needs="arguments", x=_gelu)


def _softmax(g: Any, y: Any, x: Any, axis: Any) -> Any:
    return y * (g - ops.sum(g * y, axis, True))


def _log_softmax(g: Any, y: Any, x: Any, axis: Any) -> Any:
    return g - ops.exp(y) * ops.sum(g, axis, True)


gradient(ops.softmax, needs="output", x=_softmax)
gradient(ops.log_softmax, needs="output", x=_log_softmax)


def _sparsemax(g: Any, y: Any, x: Any, axis: int) -> Any:
    inside = ops.greater(y, 0)
    chosen = kept_where(inside, g)
    share = ops.sum(chosen, axis, True) / ops.sum(ops.cast(inside, y.dtype.name), axis, True)
    return kept_where(inside, g - share)


gradient(ops.sparsemax, needs="output", x=_sparsemax)
