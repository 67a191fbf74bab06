"""Cross-entropies by torch's fused kernels."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

from multikeras import config, ops
from multikeras.ops._rules import canonical_axis
from multikeras_torch.ops.indexing import unchecked
from multikeras_torch.table import table

_FLOATS = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16})

table.takes_tensors_only("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")


@table.implements(ops.binary_crossentropy)
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    if not from_logits or output.dtype not in _FLOATS or target.shape != output.shape:
        return table.composite(ops.binary_crossentropy)(target, output, from_logits)
    return functional.binary_cross_entropy_with_logits(output, target, reduction="none")


@table.implements(ops.sparse_categorical_crossentropy)
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    axis = canonical_axis(axis, output.ndim)
    if output.dtype not in _FLOATS:
        return table.composite(ops.sparse_categorical_crossentropy)(target, output, from_logits, axis)
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = target.squeeze(-1)
    if target.shape != output.shape[:axis] + output.shape[axis + 1 :]:
        raise ValueError("not one class for each place")
    if target.is_complex():
        raise TypeError("complex numbers are no classes")
    target = target.to(torch.int64)
    classes = output.shape[axis]
    valid = None
    if unchecked(output):
        valid = (target >= 0) & (target < classes)
        target = torch.where(valid, target, 0)
    elif classes == 0 and target.numel():
        raise IndexError("no classes")
    if from_logits:
        logits = output if axis == 1 and output.ndim > 1 else torch.movedim(output, axis, min(1, output.ndim - 1))
        # No class is to be passed over.
        loss = functional.cross_entropy(logits, target, reduction="none", ignore_index=-(2**62))
    else:
        chosen = torch.gather(output, axis, target.unsqueeze(axis)).squeeze(axis)
        share = chosen / torch.sum(output, axis)
        least = config.epsilon()
        # As two, whose slopes at the ends are those of JAX.
        share = torch.maximum(share, torch.full_like(share, least))
        loss = -torch.log(torch.minimum(share, torch.full_like(share, 1.0 - least)))
    return loss if valid is None else loss.masked_fill(~valid, math.nan)
