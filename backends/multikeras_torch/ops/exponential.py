"""Exponentials, logarithms and roots, entry by entry."""

from __future__ import annotations

import torch

from multikeras_torch.table import table
from multikeras_torch.widened import binary, of_tensors, unary

table.alias(
    exp=unary(torch.exp),
    exp2=unary(torch.exp2),
    expm1=unary(torch.expm1),
    log=unary(torch.log),
    log10=unary(torch.log10),
    log1p=unary(torch.log1p),
    log2=unary(torch.log2),
    logaddexp=of_tensors(binary(torch.logaddexp)),
    logaddexp2=of_tensors(binary(torch.logaddexp2)),
    rsqrt=unary(torch.rsqrt),
    sqrt=unary(torch.sqrt),
)
