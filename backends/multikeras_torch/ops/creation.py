"""Tensors made from nothing but a shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from multikeras import ops
from multikeras.dtypes.lattice import numpy_dtype, standardize
from multikeras.ops._rules import require_fit
from multikeras.ops.ranges import range_dtype
from multikeras_torch.devices import current
from multikeras_torch.table import table
from multikeras_torch.tensors import from_numpy, name_of, native_dtype
from multikeras_torch.tracing import constant

_require_fit = constant(require_fit)


# What fits every dtype.
_FITS = 127


def _held(value: Any, dtype: torch.dtype) -> Any:
    """A number as torch takes it for a dtype; integers that do not fit are errors, of empty tensors too."""
    if dtype.is_floating_point:
        # Torch refuses what others round to infinity.
        beyond = math.isfinite(value) and abs(value) > torch.finfo(dtype).max
        return math.copysign(math.inf, value) if beyond else value
    if dtype.is_complex or dtype is torch.bool:
        return value
    _require_fit(value, name_of(dtype))
    return int(value)


def _dtype(dtype: Any) -> torch.dtype:
    return native_dtype(standardize(dtype))


def _like(x: Any, dtype: Any) -> torch.dtype:
    return x.dtype if dtype is None else native_dtype(standardize(dtype))


def _filled(shape: Any, value: Any, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    if isinstance(value, (int, float)):
        if not 0 <= value <= _FITS:
            value = _held(value, dtype)
        return torch.full(shape, value, dtype=dtype, device=device)
    if not isinstance(value, torch.Tensor):
        value = from_numpy(np.asarray(value))
    return torch.broadcast_to(value.to(device, dtype), shape).clone()


def _sizes(shape: Any) -> Any:
    return (shape,) if hasattr(shape, "__index__") else shape


@table.implements(ops.zeros)
def zeros(shape: Any, dtype: Any = None) -> torch.Tensor:
    return torch.zeros(shape, dtype=_dtype(dtype), device=current.device)


@table.implements(ops.ones)
def ones(shape: Any, dtype: Any = None) -> torch.Tensor:
    return torch.ones(shape, dtype=_dtype(dtype), device=current.device)


@table.implements(ops.full)
def full(shape: Any, fill_value: Any, dtype: Any = None) -> torch.Tensor:
    return _filled(_sizes(shape), fill_value, _dtype(dtype), current.device)


@table.implements(ops.empty)
def empty(shape: Any, dtype: Any = None) -> torch.Tensor:
    return torch.empty(shape, dtype=_dtype(dtype), device=current.device)


@table.implements(ops.zeros_like)
def zeros_like(x: Any, dtype: Any = None) -> torch.Tensor:
    return torch.zeros_like(x, dtype=_like(x, dtype))


@table.implements(ops.ones_like)
def ones_like(x: Any, dtype: Any = None) -> torch.Tensor:
    return torch.ones_like(x, dtype=_like(x, dtype))


@table.implements(ops.empty_like)
def empty_like(x: Any, dtype: Any = None) -> torch.Tensor:
    return torch.empty_like(x, dtype=_like(x, dtype))


@table.implements(ops.full_like)
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> torch.Tensor:
    return _filled(x.shape, fill_value, _like(x, dtype), x.device)


@table.implements(ops.eye)
def eye(n: int, m: int | None = None, k: int = 0, dtype: Any = None) -> torch.Tensor:
    matrix = torch.zeros((n, n if m is None else m), dtype=_dtype(dtype), device=current.device)
    matrix.diagonal(k).fill_(1)
    return matrix


_TRIANGULAR = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int32, torch.int64})


@table.implements(ops.tri)
def tri(n: int, m: int | None = None, k: int = 0, dtype: Any = None) -> torch.Tensor:
    shape, wanted = (n, n if m is None else m), _dtype(dtype)
    if wanted in _TRIANGULAR:
        return torch.ones(shape, dtype=wanted, device=current.device).tril_(k)
    return torch.ones(shape, dtype=torch.bool, device=current.device).tril_(k).to(wanted)


# Below this integers of 32 bits can be counted up to without going beyond.
_MOST = 2**30
_COUNTED_IN = ("int32", "int64")


@table.implements(ops.arange)
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> torch.Tensor:
    name = range_dtype(start, stop, step, dtype=dtype)
    if stop is None:
        start, stop = 0, start
    if step is None:
        step = 1
    if type(start) is int and type(stop) is int and type(step) is int:
        if (stop - start) * step <= 0 and step:
            stop = start
        if name in _COUNTED_IN and -_MOST < start < _MOST and -_MOST < stop < _MOST:
            return torch.arange(start, stop, step, dtype=native_dtype(name), device=current.device)
        return torch.arange(start, stop, step, device=current.device).to(native_dtype(name))
    # In the precision of the numbers themselves, then rounded once.
    numbers = (x.item() if isinstance(x, torch.Tensor) else x for x in (start, stop, step))
    return from_numpy(np.arange(*numbers).astype(numpy_dtype(name), copy=False))


_NUMBERS = (int, float)


@table.implements(ops.linspace)
def linspace(
    start: Any, stop: Any, num: int, endpoint: bool, retstep: bool, dtype: Any, axis: int
) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
    # The body makes many in blocks, which a trace would unroll.
    plain = type(num) is int and num > 1 and type(start) in _NUMBERS and type(stop) in _NUMBERS
    if torch.compiler.is_compiling() and plain and not retstep:
        wanted = _dtype(dtype)
        if wanted.is_floating_point:
            step = (stop - start) / (num - 1 if endpoint else num)
            last = stop if endpoint else stop - step
            return torch.linspace(start, last, num, dtype=torch.float64, device=current.device).to(wanted)
    return table.composite(ops.linspace)(start, stop, num, endpoint, retstep, dtype, axis)
