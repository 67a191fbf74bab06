"""Which entries are numbers, and what takes the place of those that are not."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table
from multikeras_torch.widened import unary, widened

table.alias(
    isfinite=unary(torch.isfinite),
    isinf=unary(torch.isinf),
    isnan=torch.isnan,
    isneginf=unary(torch.isneginf),
    isposinf=unary(torch.isposinf),
)

_nan_to_num = widened(torch.nan_to_num)


@table.implements(ops.nan_to_num)
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    if x.is_complex():
        # Both parts by themselves: torch has no gradient of the whole.
        return torch.view_as_complex(_nan_to_num(torch.view_as_real(x), nan, posinf, neginf))
    return _nan_to_num(x, nan, posinf, neginf)
