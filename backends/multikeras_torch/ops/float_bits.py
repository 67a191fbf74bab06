"""The bits of numbers: seen as another dtype, and what floats are made of."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
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

_EXPONENTS = frozenset({torch.int8, torch.int16, torch.int32, torch.int64})


@table.implements(ops.ldexp)
def ldexp(x1: Any, x2: Any) -> Any:
    if x1.dtype is not torch.float32 or x2.dtype not in _EXPONENTS or not values_alone(x2):
        return table.composite(ops.ldexp)(x1, x2)
    # Powers of 2 in float64, made of their bits: its exponents reach beyond those of any product in float32.
    exponent = x2.to(torch.int64).clamp(-_BIAS + 1, _BIAS)
    power = exponent.add_(_BIAS).bitwise_left_shift_(_MANTISSA).view(torch.float64)
    return (x1.to(torch.float64) * power).to(torch.float32)


_BIAS, _MANTISSA = 1023, 52

_STEPPED = frozenset({torch.float32, torch.float64})


@table.implements(ops.nextafter)
def nextafter(x1: Any, x2: Any) -> Any:
    if x1.dtype in _STEPPED:
        return torch.nextafter(x1, x2)
    return table.composite(ops.nextafter)(x1, x2)


table.takes_tensors_only("nextafter")
