"""Which entries are among others."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.nesting import values_alone
from multikeras_torch.table import table

_INTEGERS = frozenset({torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64})
_FLOATS = frozenset({torch.float32, torch.float64})
# From how many entries on a look-up table is shorter than a search, and how long it may be for each of them.
_MANY = 1024
_LONG = 8
# Ends that have integers of 64 bits beyond them.
_FAR = 2**62


@table.implements(ops.isin)
def isin(x1: Any, x2: Any, assume_unique: bool, invert: bool) -> Any:
    if not x1.is_cpu or not values_alone(x1, x2) or x1.dtype is not x2.dtype or not x2.numel():
        return table.composite(ops.isin)(x1, x2, assume_unique, invert)
    if x1.dtype in _INTEGERS and x1.numel() >= _MANY:
        low, high = (int(end) for end in torch.aminmax(x2))
        short = high - low < _LONG * (x1.numel() + x2.numel())
        if short and low > -_FAR and high < _FAR:
            return _looked_up(x1, x2, low - 1, high + 1, invert)
    if x1.dtype in _INTEGERS or x1.dtype in _FLOATS:
        return torch.isin(x1, x2, invert=invert)
    return table.composite(ops.isin)(x1, x2, assume_unique, invert)


def _looked_up(x1: Any, x2: Any, below: int, above: int, invert: bool) -> Any:
    """By a table of the integers from the one below those of `x2` to the one above, which stand for all beyond."""
    known = torch.full((above - below + 1,), invert)
    known[x2.reshape(-1).to(torch.int64) - below] = not invert
    wide = x1.reshape(-1).to(torch.int64)
    # Cut before anything is taken off, which may wrap; in place where that is no entry of the argument.
    places = wide.clamp(below, above) if x1.dtype is torch.int64 else wide.clamp_(below, above)
    return torch.index_select(known, 0, places.sub_(below)).reshape(x1.shape)


table.takes_tensors_only("isin")
