"""The four operations and what is next to them, entry by entry."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.nesting import surely_finite, values_alone
from multikeras_torch.table import table
from multikeras_torch.widened import binary, unary, widen

table.alias(
    absolute=unary(torch.abs, of_uint64=torch.clone),
    add=binary(torch.add),
    divide=binary(torch.true_divide),
    multiply=binary(torch.mul),
    negative=unary(torch.neg, bools=False),
    reciprocal=unary(torch.reciprocal),
    square=unary(torch.square),
    subtract=binary(torch.sub, bools=False),
)


table.takes_tensors_only("divide_no_nan")


@table.implements(ops.divide_no_nan)
def divide_no_nan(x1: Any, x2: Any) -> Any:
    zero = x2 == 0
    if values_alone(x1, x2):
        return (widen(x1) / widen(x2)).masked_fill_(zero, 0).to(x1.dtype)
    # The slope of what is replaced would be 0 times infinity.
    return (widen(x1) / widen(x2).masked_fill(zero, 1)).masked_fill(zero, 0).to(x1.dtype)


def _unsigned_quotient(x1: Any, x2: Any) -> Any:
    """The quotient of 64-bit integers whose first bit is no sign.

    Half the dividend is divided, the result doubled, and put right where the remainder is as large as the divisor.
    """
    lowest = -(2**63)
    quotient = torch.div(x1.bitwise_right_shift(1) & ~lowest, x2.clamp(min=1), rounding_mode="floor") << 1
    rest = x1 - quotient * x2
    quotient = quotient + ((rest ^ lowest) >= (x2 ^ lowest))
    # A divisor with its first bit set goes in once or not at all.
    return torch.where(x2 < 0, ((x1 ^ lowest) >= (x2 ^ lowest)).to(torch.int64), quotient)


@table.implements(ops.floor_divide)
def floor_divide(x1: Any, x2: Any) -> Any:
    if type(x1) is torch.Tensor and x1.dtype is torch.uint64:
        return _unsigned_quotient(x1.to(torch.int64), x2.to(torch.int64)).to(torch.uint64)
    return _floor_divide(x1, x2)


@table.implements(ops.mod)
def mod(x1: Any, x2: Any) -> Any:
    if type(x1) is torch.Tensor and x1.dtype is torch.uint64:
        x1, x2 = x1.to(torch.int64), x2.to(torch.int64)
        return (x1 - _unsigned_quotient(x1, x2) * x2).to(torch.uint64)
    return _remainder(x1, x2)


_floor_divide = binary(torch.floor_divide)
_remainder = binary(torch.remainder)
_power = binary(torch.pow)


@table.implements(ops.power)
def power(x1: Any, x2: Any) -> Any:
    if type(x2) is torch.Tensor and x2.dtype is torch.uint64:
        # Exponents that int64 can't hold count by their parity, or overflow in whatever way.
        x2 = x2.to(torch.int64)
        return torch.pow(x1.to(torch.int64), torch.where(x2 < 0, 64 + (x2 & 1), x2)).to(torch.uint64)
    if type(x2) is float and abs(x2) == 0.5 and x1.is_floating_point():
        # Of a number as exponent the kernel makes a root, which -0 and -inf have not in common with the power.
        if x1.is_cpu and values_alone(x1) and surely_finite(result := _power(x1, x2)):
            return result
        x2 = torch.full((), x2, dtype=x1.dtype, device=x1.device)
    return _power(x1, x2)
