"""Running sums and products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras_torch.table import table
from multikeras_torch.tensors import native_dtype

_WITHOUT_KERNEL = (torch.uint16, torch.uint32, torch.uint64, torch.bool)
_NARROW = (torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)


def _run(scan: Callable, x: Any, axis: int | None, dtype: Any) -> Any:
    result = x.dtype if dtype is None else native_dtype(standardize(dtype))
    if axis is None:
        x, axis = x.reshape(-1), 0
    elif x.ndim == 0:
        # Torch would take a scalar for a tensor of one axis.
        raise ValueError("no axes")
    computed = torch.int64 if result in _WITHOUT_KERNEL else torch.float32 if result in _NARROW else result
    return scan(x.to(result), axis, dtype=computed).to(result)


@table.implements(ops.cumsum)
def cumsum(x: Any, axis: int | None, dtype: Any) -> Any:
    return _run(torch.cumsum, x, axis, dtype)


@table.implements(ops.cumprod)
def cumprod(x: Any, axis: int | None, dtype: Any) -> Any:
    return _run(torch.cumprod, x, axis, dtype)
