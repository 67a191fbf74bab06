"""Which entries are numbers, and what takes the place of those that are not."""

from __future__ import annotations

import torch

from multikeras_torch.table import table
from multikeras_torch.widened import unary, widened

table.alias(
    isfinite=unary(torch.isfinite),
    isinf=unary(torch.isinf),
    isnan=torch.isnan,
    nan_to_num=widened(torch.nan_to_num),
)
