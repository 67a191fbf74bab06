"""Trigonometric and hyperbolic functions, entry by entry."""

from __future__ import annotations

from typing import Any

import torch

from multikeras_torch.table import table
from multikeras_torch.widened import binary, of_tensors, unary

_length = binary(torch.hypot)


def _hypot(x1: Any, x2: Any) -> Any:
    if not x1.requires_grad and not x2.requires_grad:
        return _length(x1, x2)
    # Torch's gradient is nan where both are 0.
    origin = (x1 == 0) & (x2 == 0)
    return _length(torch.where(origin, 1, x1), x2).masked_fill(origin, 0)


table.alias(
    arccos=unary(torch.arccos),
    arccosh=unary(torch.arccosh),
    arcsin=unary(torch.arcsin),
    arcsinh=unary(torch.arcsinh),
    arctan=unary(torch.arctan),
    arctan2=of_tensors(binary(torch.arctan2)),
    arctanh=unary(torch.arctanh),
    cos=unary(torch.cos),
    cosh=unary(torch.cosh),
    hypot=of_tensors(_hypot),
    sin=unary(torch.sin),
    sinh=unary(torch.sinh),
    tan=unary(torch.tan),
    tanh=unary(torch.tanh),
)
