"""The bits of numbers: seen as another dtype, and what floats are made of."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.backend import registry
from multikeras.dtypes import lattice
from multikeras.ops.float_bits import viewed_shape
from multikeras_torch.nesting import values_alone
from multikeras_torch.table import table
from multikeras_torch.tensors import name_of, native_dtype
from multikeras_torch.widened import unary


@table.implements(ops.view)
def view(x: Any, dtype: Any = None) -> Any:
    if dtype is None:
        return x
    name = lattice.standardize(dtype)
    shape = viewed_shape(tuple(x.shape), name_of(x.dtype), name)
    wanted = native_dtype(name)
    if x.numel() == 0:
        return torch.empty(shape, dtype=wanted, device=x.device)
    # Torch's own view changes sizes along contiguous axes alone.
    return x.view(wanted) if x.dtype.itemsize == wanted.itemsize else x.contiguous().view(wanted)


table.alias(signbit=unary(torch.signbit))

_FLOATS = {torch.float32: (torch.int32, 127, 23), torch.float64: (torch.int64, 1023, 52)}
_EXPONENTS = frozenset({torch.int8, torch.int16, torch.int32, torch.int64})


@table.implements(ops.ldexp)
def ldexp(x1: Any, x2: Any) -> Any:
    if x1.dtype not in _FLOATS or x2.dtype not in _EXPONENTS or not values_alone(x2):
        return ops.ldexp.op.body_on(registry.load("torch"))(x1, x2)  # type: ignore[attr-defined]
    integer, bias, mantissa = _FLOATS[x1.dtype]
    wide = x2 if x2.dtype is torch.int64 else x2.to(integer)
    exponent = wide.clamp(-3 * (bias - 3), 3 * (bias - 3)).to(integer)
    # Three factors that are powers of 2 reach from the largest number to the smallest; each is made of its bits.
    third = exponent.mul(_THIRD).bitwise_right_shift_(16)
    last = torch.sub(exponent, third, alpha=2)
    factor = third.add_(bias).bitwise_left_shift_(mantissa).view(x1.dtype)
    last = last.add_(bias).bitwise_left_shift_(mantissa).view(x1.dtype)
    return (x1 * factor).mul_(factor).mul_(last)


# A third of `2 ** 16`.
_THIRD = 21846

_STEPPED = frozenset({torch.float32, torch.float64})


@table.implements(ops.nextafter)
def nextafter(x1: Any, x2: Any) -> Any:
    if x1.dtype in _STEPPED:
        return torch.nextafter(x1, x2)
    return ops.nextafter.op.body_on(registry.load("torch"))(x1, x2)  # type: ignore[attr-defined]


table.takes_tensors_only("nextafter")
