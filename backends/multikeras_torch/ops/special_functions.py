"""Cube roots, the cardinal sine and the Bessel function of order 0."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.nesting import differentiated_again, values_alone
from multikeras_torch.table import table
from multikeras_torch.widened import unary

table.alias(i0=unary(torch.special.i0))

_sinc = unary(torch.special.sinc)


@table.implements(ops.sinc)
def sinc(x: Any) -> Any:
    # The kernel's second derivative is nan at 0.
    return table.composite(ops.sinc)(x) if differentiated_again() else _sinc(x)


@table.implements(ops.cbrt)
def cbrt(x: Any) -> Any:
    if x.dtype not in _ROOTED or not values_alone(x):
        return table.composite(ops.cbrt)(x)
    return torch.abs(x).pow_(1 / 3).copysign_(x)


_ROOTED = frozenset({torch.float32, torch.float64})
