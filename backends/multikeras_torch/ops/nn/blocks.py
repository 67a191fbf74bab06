"""Images put together from blocks by torch's kernel."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from multikeras import ops
from multikeras_torch.table import table

_KERNELS = frozenset({torch.float32, torch.float64})


@table.implements(ops.fold)
def fold(x: Any, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    if x.dtype not in _KERNELS or x.ndim != 3 or x.numel() == 0:
        body = table.composite(ops.fold)
        return body(x, output_size, kernel_size, dilation, padding, stride)
    return functional.fold(x, output_size, kernel_size, dilation, padding, stride)
