"""Whole numbers near by, signs and bounds, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras_torch.nesting import surely_numbers, values_alone
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide, of_tensors, require_kernels, sign_of_uint64, unary


def _either(kernel: Callable, first: str) -> Callable:
    """The larger or smaller of two; complex numbers go by the real part first, then by the other."""

    def run(x1: Any, x2: Any) -> torch.Tensor:
        try:
            require_kernels(x1)
            return kernel(x1, x2)
        except RuntimeError:
            if not x1.is_complex():
                return in_wide(kernel, (x1, x2), ordered=True)
        return torch.where(torch.isnan(x1) | table.native[first](x1, x2) & ~torch.isnan(x2), x1, x2)

    return run


_maximum = of_tensors(_either(torch.maximum, "greater_equal"))
_minimum = of_tensors(_either(torch.minimum, "less_equal"))
table.alias(
    ceil=unary(torch.ceil),
    floor=unary(torch.floor),
    maximum=_maximum,
    minimum=_minimum,
    trunc=unary(torch.trunc),
)


_MULTIPLIED = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16})


@table.implements(ops.sign)
def sign(x: Any) -> Any:
    if not x.is_floating_point():
        return _sign(x)
    # Torch takes nan for 0.
    return _sign(x) if surely_numbers(x) else torch.where(x == x, _sign(x), x)


_sign = unary(torch.sgn, of_uint64=sign_of_uint64)


@table.implements(ops.clip)
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    if x_min is not None:
        x = _maximum(x, x_min)
    return x if x_max is None else _minimum(x, x_max)


@table.implements(ops.round)
def round(x: Any, decimals: int) -> Any:
    if decimals == 0:
        return _round(x)
    if x.is_floating_point():
        return in_float32_at_least(lambda y: torch.round(y, decimals=decimals), x)
    if x.is_complex():
        return torch.complex(round(x.real, decimals), round(x.imag, decimals))
    if decimals > 0:
        return x
    step = 10**-decimals
    if step > torch.iinfo(x.dtype).max:
        return torch.zeros_like(x)
    divisor = torch.full_like(x, step)
    below = table.native["floor_divide"](x, divisor).to(torch.int64)
    rest = x.to(torch.int64) - below * step
    up = (rest > step // 2) | ((rest == step // 2) & (below % 2 == 1))
    return ((below + up) * step).to(x.dtype)


_round = unary(lambda x: torch.round(x) if not x.is_complex() else torch.complex(x.real.round(), x.imag.round()))


def in_float32_at_least(kernel: Callable, x: Any) -> Any:
    """`kernel(x)`, computed in float32 for smaller floats."""
    return kernel(x) if x.element_size() > 2 else kernel(x.to(torch.float32)).to(x.dtype)


@table.implements(ops.heaviside)
def heaviside(x1: Any, x2: Any) -> Any:
    if x1.dtype not in _MULTIPLIED or not values_alone(x1, x2):
        return table.composite(ops.heaviside)(x1, x2)
    # Torch's own takes nan for 0, entry by entry.
    great = torch.finfo(x1.dtype).max
    return torch.where(x1 == 0, x2, (x1 * great).mul_(great).clamp_(0, 1))


table.takes_tensors_only("heaviside")
