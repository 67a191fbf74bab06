"""How many entries lie between which ends."""

from __future__ import annotations

import math
from typing import Any

import torch

from multikeras import ops
from multikeras_torch.nesting import values_alone
from multikeras_torch.table import table

_FLOATS = frozenset({torch.float32, torch.float64})


@table.implements(ops.histogram)
def histogram(x: Any, bins: int, range: Any) -> tuple[Any, Any]:
    if x.dtype in _FLOATS and x.is_cpu and x.numel() and type(bins) is int and bins > 0 and values_alone(x):
        low, high = (float(end) for end in (torch.aminmax(x) if range is None else range))
        if math.isfinite(high - low) and low < high:
            counts, edges = torch.histogram(x, bins, range=(low, high))
            return counts, edges
    return table.composite(ops.histogram)(x, bins, range)
