"""Activations by torch's fused kernels.

Where these have another slope at a kink than JAX (leaky_relu, hard_tanh, hard_silu), they are made of others, here or
in the composite body.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

from multikeras.ops import nn
from multikeras_torch.nesting import differentiated_again, surely_finite, surely_numbers, values_alone
from multikeras_torch.table import table
from multikeras_torch.widened import UNSURE, in_wide, require_kernels, sign_of_uint64, unary, widened

table.alias(
    celu=widened(torch.celu),
    elu=widened(functional.elu),
    log_sigmoid=unary(functional.logsigmoid),
    relu=unary(torch.relu, of_uint64=torch.clone),
    relu6=unary(functional.relu6),
    selu=unary(torch.selu),
    sigmoid=unary(torch.sigmoid),
    softsign=unary(functional.softsign),
)


_silu = unary(functional.silu)


@table.implements(nn.silu)
def silu(x: Any) -> Any:
    # Torch has no gradient of the complex one.
    return x * torch.sigmoid(x) if x.is_complex() else _silu(x)


_hard_sigmoid = unary(functional.hardsigmoid)


@table.implements(nn.hard_sigmoid)
def hard_sigmoid(x: Any) -> Any:
    return table.composite(nn.hard_sigmoid)(x) if differentiated_again() else _hard_sigmoid(x)


_leaky_relu = widened(functional.leaky_relu)


@table.implements(nn.leaky_relu)
def leaky_relu(x: Any, negative_slope: float) -> Any:
    if not x.requires_grad and x.is_floating_point():
        return _leaky_relu(x, negative_slope)
    return torch.where(x >= 0, x, x * negative_slope)


@table.implements(nn.hard_tanh)
def hard_tanh(x: Any) -> Any:
    if x.dtype is torch.uint64:
        return sign_of_uint64(x)
    return in_wide(_unit, (x,)) if x.dtype in UNSURE else _unit(x)


def _unit(x: Any) -> Any:
    return torch.clamp(x, max=1) if x.dtype is torch.uint8 else torch.clamp(x, -1, 1)


@table.implements(nn.soft_shrink)
def soft_shrink(x: Any, threshold: float) -> Any:
    return _soft_shrink(x, threshold) if threshold >= 0 else table.composite(nn.soft_shrink)(x, threshold)


_soft_shrink = widened(functional.softshrink)


@table.implements(nn.threshold)
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    if x.requires_grad or not x.is_floating_point():
        return table.composite(nn.threshold)(x, threshold, default_value)
    return _without_nan(_threshold(x, threshold, default_value), default_value)


_threshold = widened(functional.threshold)


@table.implements(nn.hard_shrink)
def hard_shrink(x: Any, threshold: float) -> Any:
    if x.requires_grad or not x.is_floating_point() or threshold < 0:
        return table.composite(nn.hard_shrink)(x, threshold)
    return _without_nan(_hard_shrink(x, threshold), 0.0)


_hard_shrink = widened(functional.hardshrink)


def _without_nan(y: Any, instead: float) -> Any:
    """A new tensor with a number for nan, which torch's kernels keep; its gradient at infinity is not ours."""
    return y if surely_numbers(y) else _numbers(y, instead, math.inf, -math.inf)


_numbers = widened(torch.nan_to_num_)


@table.implements(nn.squareplus)
def squareplus(x: Any, b: float) -> Any:
    if b > 0 and x.dtype in _SINGLE and values_alone(x):
        return _squareplus_at_once(x, b)
    # Equals share the slope, which makes that at 0 one half.
    above = torch.maximum(x, x.new_zeros(()))
    if not b > 0:
        if b:
            raise ValueError("no root")
        return above
    size = torch.abs(x)
    # The larger root of y * (y - abs(x)) = b / 4 in size; the terms of the other one would cancel.
    larger = (size + torch.sqrt(size * size + b)) * 0.5
    return above + (b / 4) / larger


_SINGLE = frozenset({torch.float32, torch.float64})


def _squareplus_at_once(x: Any, b: float) -> Any:
    """The same written over itself: new memory costs more than the arithmetic."""
    size = torch.abs(x)
    larger = torch.addcmul(x.new_full((), b), x, x).sqrt_().add_(size)
    return torch.relu(x).addcdiv_(x.new_ones(()), larger, value=b / 2)


@table.implements(nn.gelu)
def gelu(x: Any, approximate: bool) -> Any:
    kind = "tanh" if approximate else "none"
    try:
        require_kernels(x)
        return functional.gelu(x, approximate=kind)
    except RuntimeError:
        return in_wide(lambda y: functional.gelu(y, approximate=kind), (x,))


@table.implements(nn.glu)
def glu(x: Any, axis: int) -> Any:
    if x.ndim == 0:
        raise ValueError("no axes")
    return functional.glu(x, axis)


# From here on torch returns the argument itself: what is left out is below the precision of float64.
_LINEAR = 40.0


@table.implements(nn.softplus)
def softplus(x: Any) -> Any:
    try:
        require_kernels(x)
        return functional.softplus(x, 1.0, _LINEAR)
    except RuntimeError:
        return in_wide(lambda y: functional.softplus(y, 1.0, _LINEAR), (x,))


@table.implements(nn.hard_silu)
def hard_silu(x: Any) -> Any:
    if x.dtype not in _SINGLE or not values_alone(x):
        return table.composite(nn.hard_silu)(x)
    # That kernel overflows where the result does not.
    if x.is_cpu and surely_finite(y := functional.hardswish(x)):
        return y
    return functional.hardsigmoid(x).mul_(x)
