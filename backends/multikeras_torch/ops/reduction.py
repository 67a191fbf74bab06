"""Axes summed up, averaged, or reduced to their largest, smallest, any or all.

To torch an empty tuple of axes means all of them, here it means none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.ops._rules import accumulated, canonical_axes
from multikeras_torch.nesting import mapped
from multikeras_torch.table import table
from multikeras_torch.tensors import name_of, native_dtype
from multikeras_torch.widened import UNSURE, in_wide, require_kernels

# The dtypes that are summed up in wider ones.
_SUMMED_IN = {
    torch.bool: torch.int32,
    torch.int8: torch.int32,
    torch.int16: torch.int32,
    torch.int32: torch.int32,
    torch.uint8: torch.uint32,
    torch.uint16: torch.uint32,
    torch.uint32: torch.uint32,
    torch.uint64: torch.uint64,
}


def _none(x: Any, axis: Any) -> bool:
    """Whether the axes to reduce are named, and there are none.

    Raises:
        ValueError: An axis of a scalar is named; to torch it would be one of all its entries.
    """
    if axis is None:
        return False
    if type(axis) is not int and hasattr(axis, "__len__") and len(axis) == 0:
        return True
    if x.ndim == 0:
        raise ValueError("no axes")
    return False


@table.implements(ops.sum)
def sum(x: Any, axis: Any, keepdims: bool) -> Any:
    result = _SUMMED_IN.get(x.dtype)
    if axis is not None and _none(x, axis):
        return x if result is None else x.to(result)
    if result is None:
        try:
            if x.dtype in UNSURE:
                require_kernels(x)
            return torch.sum(x, axis, keepdims)
        except RuntimeError:
            return in_wide(torch.sum, (x, axis, keepdims))
    return torch.sum(x.to(torch.int64), axis, keepdims).to(result)


@table.implements(ops.mean)
def mean(x: Any, axis: Any, keepdims: bool) -> Any:
    if _none(x, axis):
        return x
    try:
        require_kernels(x)
        return torch.mean(x, axis, keepdims)
    except RuntimeError:
        return in_wide(torch.mean, (x, axis, keepdims))


@table.implements(ops.prod)
def prod(x: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    result = native_dtype(accumulated(name_of(x.dtype)) if dtype is None else standardize(dtype))
    x = x.to(result)
    if result in _UNSIGNED:
        x = x.to(torch.int64)
    elif result in _SMALL_FLOATS:
        x = x.to(torch.float32)
    for along in sorted(canonical_axes(axis, x.ndim), reverse=True):
        x = torch.prod(x, along, keepdims, dtype=x.dtype)
    return x.to(result)


_UNSIGNED = (torch.uint16, torch.uint32, torch.uint64)
_SMALL_FLOATS = (torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)


def _extreme(kernel: Callable, pair: str) -> tuple[Callable, Callable]:
    """The largest or smallest entry, without and with an initial value."""

    def plain(x: Any, axis: Any, keepdims: bool) -> Any:
        if axis is None:
            axis = ()
        elif _none(x, axis):
            return x
        try:
            require_kernels(x)
            return kernel(x, axis, keepdims)
        except RuntimeError:
            return in_wide(kernel, (x, axis, keepdims), ordered=True)

    def run(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
        if initial is None:
            return plain(x, axis, keepdims)
        first = torch.as_tensor(initial, device=x.device).to(x.dtype)
        if first.ndim:
            raise ValueError("one number")
        if x.numel() == 0:
            shape = torch.sum(x, axis, keepdims).shape if not _none(x, axis) else x.shape
            return torch.broadcast_to(first, shape).clone()
        return table.native[pair](plain(x, axis, keepdims), first)

    return plain, run


amax, _max = _extreme(torch.amax, "maximum")
amin, _min = _extreme(torch.amin, "minimum")
table.alias(amax=amax, amin=amin, max=_max, min=_min)


_TRUE_AS_THEY_ARE = frozenset({torch.bool, torch.float32, torch.float64, torch.int32, torch.int64})


def _truth(kernel: Callable) -> Callable:
    def run(x: Any, axis: Any, keepdims: bool) -> Any:
        # Torch's result has 8 bits where the tensor has.
        if x.dtype not in _TRUE_AS_THEY_ARE or (axis is not None and _none(x, axis)):
            x = x != 0
        return x if _none(x, axis) else kernel(x, axis, keepdims)

    return run


table.alias(all=_truth(torch.all), any=_truth(torch.any))


def _position(kernel: Callable) -> Callable:
    def run(x: Any, axis: int | None, keepdims: bool) -> Any:
        if axis is not None and x.ndim == 0:
            raise ValueError("no axes")
        if axis is None and keepdims:
            # Of mapped tensors the kernel drops the axes.
            return run(x, None, False).reshape((1,) * x.ndim)
        try:
            require_kernels(x)
            found = kernel(x, axis, keepdims)
        except RuntimeError:
            found = in_wide(kernel, (x, axis, keepdims), ordered=True, places=True)
        return found.to(torch.int32)

    return run


argmax, argmin = _position(torch.argmax), _position(torch.argmin)
table.alias(argmax=argmax, argmin=argmin)


@table.implements(ops.count_nonzero)
def count_nonzero(x: Any, axis: Any) -> Any:
    if x.dtype not in _TRUE_AS_THEY_ARE or mapped() or (axis is not None and _none(x, axis)):
        return sum(x != 0, axis, False)
    return torch.count_nonzero(x, axis).to(torch.int32)
