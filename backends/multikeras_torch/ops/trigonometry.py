"""Trigonometric and hyperbolic functions, entry by entry."""

from __future__ import annotations

import torch

from multikeras_torch.table import table
from multikeras_torch.widened import binary, of_tensors, unary

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
    hypot=of_tensors(binary(torch.hypot)),
    sin=unary(torch.sin),
    sinh=unary(torch.sinh),
    tan=unary(torch.tan),
    tanh=unary(torch.tanh),
)
