"""What passes over nan."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.backend import registry
from multikeras_torch.table import table
from multikeras_torch.widened import binary, of_tensors

table.alias(fmax=of_tensors(binary(torch.fmax, ordered=True)), fmin=of_tensors(binary(torch.fmin, ordered=True)))

_SUMMED = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16})


@table.implements(ops.nansum)
def nansum(x: Any, axis: Any, keepdims: bool) -> Any:
    named = axis is not None and (x.ndim == 0 or (type(axis) is not int and not len(axis)))
    if named or x.dtype not in _SUMMED:
        return ops.nansum.op.body_on(registry.load("torch"))(x, axis, keepdims)  # type: ignore[attr-defined]
    return torch.nansum(x, axis, keepdims)
