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


@table.implements(ops.polar)
def polar(abs_: Any, angle: Any) -> Any:
    if abs_.dtype not in (torch.float32, torch.float64):
        return table.composite(ops.polar)(abs_, angle)
    # Not torch.polar, which takes three times as long.
    return torch.complex(abs_ * torch.cos(angle), abs_ * torch.sin(angle))


table.takes_tensors_only("polar")
