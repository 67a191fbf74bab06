"""The linear map, with its bias in one kernel."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table

table.takes_tensors_only("linear")
_FUSED = frozenset({torch.float32, torch.bfloat16, torch.float16, torch.float64})
_linear = torch.nn.functional.linear
_addmm = torch.addmm
_mm = torch.mm


@table.implements(ops.linear)
def linear(x: Any, kernel: Any, bias: Any = None) -> Any:
    # The kernel adds what is no vector to a matrix of all rows.
    if x.dtype in _FUSED and (bias is None or bias.ndim < 2):
        if x.ndim == 2:
            # What `linear` ends in, without two views that autograd would have to turn back.
            return _mm(x, kernel) if bias is None else _addmm(bias, x, kernel)
        # The product with a transposed view of a transposed view: nothing is repacked.
        return _linear(x, kernel.mT, bias)
    return table.composite(ops.linear)(x, kernel, bias)
