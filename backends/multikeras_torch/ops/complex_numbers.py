"""Parts of complex numbers, entry by entry."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table
from multikeras_torch.widened import unary


@table.implements(ops.real)
def real(x: Any) -> Any:
    return x.real if x.is_complex() else x


@table.implements(ops.imag)
def imag(x: Any) -> Any:
    return x.imag if x.is_complex() else torch.zeros_like(x)


@table.implements(ops.conj)
def conj(x: Any) -> Any:
    # Not torch.conj, which leaves a mark on the tensor in the place of other values.
    return torch.conj_physical(x) if x.is_complex() else x


table.alias(conjugate=conj)

_angle = unary(torch.angle)


@table.implements(ops.angle)
def angle(x: Any) -> Any:
    return torch.arctan2(x.imag, x.real) if x.is_complex() else _angle(x)
