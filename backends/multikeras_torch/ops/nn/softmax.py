"""Softmax and what belongs to it, by torch's fused kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.ops._rules import canonical_axes
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide, require_kernels


def _over_axes(kernel: Callable) -> Callable:
    """A kernel for one axis over any."""

    def run(x: Any, axis: Any) -> Any:
        if type(axis) is int:
            if x.ndim == 0:
                raise ValueError("no axes")
            try:
                require_kernels(x)
                return kernel(x, axis)
            except RuntimeError:
                return in_wide(kernel, (x, axis))
        axes = canonical_axes(axis, x.ndim)
        if not axes:
            return run(x.unsqueeze(-1), -1).squeeze(-1)
        last = tuple(range(x.ndim - len(axes), x.ndim))
        moved = torch.movedim(x, axes, last)
        flat = run(moved.flatten(last[0]), -1)
        return torch.movedim(flat.reshape(moved.shape), last, axes)

    return run


table.alias(softmax=_over_axes(torch.softmax), log_softmax=_over_axes(torch.log_softmax))


@table.implements(ops.logsumexp)
def logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    axes = canonical_axes(axis, x.ndim)
    if not axes:
        return x
    try:
        require_kernels(x)
        return torch.logsumexp(x, axes, keepdims)
    except RuntimeError:
        return in_wide(torch.logsumexp, (x, axes, keepdims))
