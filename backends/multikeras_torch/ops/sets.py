"""Which entries are among others."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.backend import registry
from multikeras_torch.nesting import values_alone
from multikeras_torch.table import table

_INTEGERS = frozenset({torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64})
_FLOATS = frozenset({torch.float32, torch.float64})
# From how many entries on a look-up table is shorter than a search, and how long it may be for each of them.
_MANY = 1024
_LONG = 8


@table.implements(ops.isin)
def isin(x1: Any, x2: Any, assume_unique: bool, invert: bool) -> Any:
    if not x1.is_cpu or not values_alone(x1, x2) or x1.dtype is not x2.dtype or not x2.numel():
        return ops.isin.op.body_on(registry.load("torch"))(x1, x2, assume_unique, invert)  # type: ignore[attr-defined]
    if x1.dtype in _INTEGERS and x1.numel() >= _MANY:
        low, high = (int(end) for end in torch.aminmax(x2))
        size = high - low + 1
        if size <= _LONG * (x1.numel() + x2.numel()):
            return _looked_up(x1, x2, low, size, invert)
    if x1.dtype in _INTEGERS or x1.dtype in _FLOATS:
        return torch.isin(x1, x2, invert=invert)
    return ops.isin.op.body_on(registry.load("torch"))(x1, x2, assume_unique, invert)  # type: ignore[attr-defined]


def _looked_up(x1: Any, x2: Any, low: int, size: int, invert: bool) -> Any:
    """By a table of the integers between the ends of `x2`, between two entries for what lies beyond."""
    known = torch.full((size + 2,), invert)
    known[x2.reshape(-1).to(torch.int64) - (low - 1)] = not invert
    places = x1.reshape(-1).to(torch.int64).sub_(low - 1) if x1.dtype is not torch.int64 else x1.reshape(-1) - (low - 1)
    return torch.index_select(known, 0, places.clamp_(0, size + 1)).reshape(x1.shape)


table.takes_tensors_only("isin")
