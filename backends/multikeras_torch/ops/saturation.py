"""Casting that holds values at the ends of the new range."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.ops.saturation import ends_between, shared_range
from multikeras_torch.ops.comparison import where
from multikeras_torch.ops.rounding import clip
from multikeras_torch.table import table
from multikeras_torch.tensors import cast, name_of
from multikeras_torch.tracing import constant

_less, _greater = table.native["less"], table.native["greater"]


@constant
def _range(source: str, target: str) -> tuple[Any, Any]:
    """What is computed in NumPy, as a constant in a compiled step."""
    return shared_range(source, target)


@constant
def _between(source: str, target: str) -> tuple[Any, Any]:
    return ends_between(source, target)


@table.implements(ops.saturate_cast)
def saturate_cast(x: Any, dtype: Any) -> Any:
    name = standardize(dtype)
    if x.dtype is torch.bool:
        return cast(x, name)
    low, high = _range(name_of(x.dtype), name)
    ends = (torch.full((), end, dtype=x.dtype, device=x.device) for end in (low, high))
    result = cast(clip(x, *ends), name)
    least, largest = _between(name_of(x.dtype), name)
    if least is not None:
        result = where(_less(x, low), torch.full((), least, dtype=result.dtype, device=x.device), result)
    if largest is not None:
        result = where(_greater(x, high), torch.full((), largest, dtype=result.dtype, device=x.device), result)
    return result
