"""Casting that holds values at the ends of the new range."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.ops.saturation import shared_range
from multikeras_torch.ops.rounding import clip
from multikeras_torch.table import table
from multikeras_torch.tensors import cast, name_of
from multikeras_torch.tracing import constant


@constant
def _range(source: str, target: str) -> tuple[Any, Any]:
    """What is computed in NumPy, as a constant in a compiled step."""
    return shared_range(source, target)


@table.implements(ops.saturate_cast)
def saturate_cast(x: Any, dtype: Any) -> Any:
    name = standardize(dtype)
    if x.dtype is not torch.bool:
        low, high = _range(name_of(x.dtype), name)
        ends = (torch.full((), end, dtype=x.dtype, device=x.device) for end in (low, high))
        x = clip(x, *ends)
    return cast(x, name)
