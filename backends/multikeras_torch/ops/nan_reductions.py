"""What passes over nan."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras_torch.nesting import surely_numbers, values_alone
from multikeras_torch.ops.cumulative import cumprod, cumsum
from multikeras_torch.ops.reduction import amax, amin, argmax, argmin
from multikeras_torch.table import table
from multikeras_torch.widened import binary, of_tensors

table.alias(fmax=of_tensors(binary(torch.fmax, ordered=True)), fmin=of_tensors(binary(torch.fmin, ordered=True)))

_SUMMED = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16})


@table.implements(ops.nansum)
def nansum(x: Any, axis: Any, keepdims: bool) -> Any:
    named = axis is not None and (x.ndim == 0 or (type(axis) is not int and not len(axis)))
    if named or x.dtype not in _SUMMED:
        return table.composite(ops.nansum)(x, axis, keepdims)
    return torch.nansum(x, axis, keepdims)


@table.implements(ops.nanmean)
def nanmean(x: Any, axis: Any, keepdims: bool) -> Any:
    named = axis is not None and (x.ndim == 0 or (type(axis) is not int and not len(axis)))
    if named or x.dtype not in _DIVIDED:
        return table.composite(ops.nanmean)(x, axis, keepdims)
    return torch.nansum(x, axis, keepdims) / torch.sum(x == x, axis, keepdims)


_DIVIDED = frozenset({torch.float32, torch.float64})


def _scan(op: Any, scan: Callable, instead: float) -> Callable:
    """A running sum or product of what is a number."""

    def run(x: Any, axis: int | None, dtype: Any) -> Any:
        if x.requires_grad or x.dtype not in _DIVIDED:
            # At infinity the gradient of what replaces nan is not ours.
            return table.composite(op)(x, axis, dtype)
        return scan(torch.nan_to_num(x, instead, math.inf, -math.inf), axis, dtype)

    return run


table.alias(nancumsum=_scan(ops.nancumsum, cumsum, 0.0), nancumprod=_scan(ops.nancumprod, cumprod, 1.0))


def _place(op: Any, place: Callable, extreme: Callable, worst: float) -> Any:
    """Where the first extreme number is: in place of nan the worst is put, unless that is the extreme one."""

    def run(x: Any, axis: int | None, keepdims: bool) -> Any:
        if surely_numbers(x):
            return place(x, axis, keepdims)
        if x.is_cpu and x.dtype in _DIVIDED and values_alone(x):
            numbers = torch.where(x == x, x, worst)
            if not torch.any(extreme(numbers, axis, False) == worst):
                return place(numbers, axis, keepdims)
        return table.composite(op)(x, axis, keepdims)

    return run


table.alias(
    nanargmax=_place(ops.nanargmax, argmax, amax, -math.inf), nanargmin=_place(ops.nanargmin, argmin, amin, math.inf)
)
