"""Spread: variance and standard deviation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras_torch.ops.reduction import mean
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide, require_kernels


def _spread(kernel: Callable) -> Callable:
    def run(x: Any, axis: Any, keepdims: bool) -> Any:
        if x.ndim == 0 and axis is not None and axis != ():
            # Torch would take a scalar for a tensor of one axis.
            raise ValueError("no axes")
        if x.numel() == 0 or (axis is not None and type(axis) is not int and not axis):
            # Over no entries nan, over no axes 0.
            return mean(torch.abs(x - x), axis, keepdims)
        try:
            require_kernels(x)
            return kernel(x, axis, correction=0, keepdim=keepdims)
        except RuntimeError:
            return in_wide(lambda y: kernel(y, axis, correction=0, keepdim=keepdims), (x,))

    return run


table.alias(std=_spread(torch.std), var=_spread(torch.var))
