"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.table import table

_MULTIPLIED = frozenset({torch.float32, torch.float64})


@table.implements(ops.norm)
def norm(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    if x.dtype in _MULTIPLIED and x.numel():
        if ord is None and axis is None:
            entries = x.reshape(-1)
            size = torch.sqrt(torch.dot(entries, entries))
            return size.reshape((1,) * x.ndim) if keepdims else size
        if ord is None and type(axis) is int and x.ndim and not x.requires_grad:
            # Its gradient at 0 is not ours.
            return torch.linalg.vector_norm(x, 2, axis, keepdims)
    return table.composite(ops.norm)(x, ord, axis, keepdims)
