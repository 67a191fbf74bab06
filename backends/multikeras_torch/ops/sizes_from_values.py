"""Ops the size of whose result depends on values."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.dtypes.lattice import weak_join
from multikeras.ops._rules import no_bool
from multikeras_torch.table import table
from multikeras_torch.tensors import name_of, native_dtype

_FLOATS_AND_INTEGERS = frozenset(
    {torch.float32, torch.float64, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool}
)


_COUNTED = frozenset({torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64})


@table.implements(ops.bincount)
def bincount(x: Any, weights: Any, minlength: int, sparse: bool) -> Any:
    if sparse or x.ndim not in (1, 2) or x.is_floating_point() or x.is_complex() or isinstance(minlength, bool):
        raise ValueError("a vector of integers")
    if weights is not None and weights.shape != x.shape:
        raise ValueError("a weight for each")
    dtype = torch.int32
    if weights is not None:
        dtype = native_dtype(no_bool(weak_join([name_of(x.dtype), name_of(weights.dtype)])))
    if weights is None and x.ndim == 1:
        counted = x if x.dtype in _COUNTED else x.to(torch.int64)
        return torch.bincount(counted, minlength=minlength).to(dtype)
    x = x.to(torch.int64)
    flat = x.reshape(-1)
    length = torch.bincount(flat, minlength=minlength).shape[0]
    each = torch.ones_like(flat, dtype=dtype) if weights is None else weights.reshape(-1).to(dtype)
    if x.ndim == 1:
        return torch.zeros(length, dtype=dtype, device=x.device).index_add(0, flat, each)
    count = x.shape[0]
    rows = torch.arange(count, device=x.device).unsqueeze(1) * length + x
    total = torch.zeros(count * length, dtype=dtype, device=x.device).index_add(0, rows.reshape(-1), each)
    return total.reshape(count, length)


@table.implements(ops.nonzero)
def nonzero(x: Any) -> Any:
    if x.ndim == 0:
        raise ValueError("no places in a scalar")
    if x.dtype not in _FLOATS_AND_INTEGERS:
        x = x != 0
    return tuple(torch.nonzero(x).to(torch.int32).unbind(1))


@table.implements(ops.unique)
def unique(
    x: Any,
    sorted: bool,
    return_index: bool,
    return_inverse: bool,
    return_counts: bool,
    axis: int | None,
    size: int | None,
    fill_value: Any,
) -> Any:
    unordered = axis is not None and x.ndim > 1 and x.is_floating_point() and bool(torch.isnan(x).any())
    if size is not None or x.dtype not in _FLOATS_AND_INTEGERS or x.numel() == 0 or unordered:
        # Torch puts slices with a nan anywhere.
        body = table.composite(ops.unique)
        return body(x, sorted, return_index, return_inverse, return_counts, axis, size, fill_value)
    if axis is not None and x.ndim == 0:
        raise ValueError("no axes")
    if axis in (0, -1) and x.ndim == 1:
        axis = None
    # What is not wanted is not made: it takes longer than the values.
    numbered, counted = return_index or return_inverse, return_index or return_counts
    result: Any = torch.unique(x, True, numbered, counted, axis)
    values, *others = result if numbered or counted else (result,)
    found = [values]
    if return_index:
        inverse, counts = others
        places = torch.arange(inverse.numel(), dtype=torch.int64, device=x.device)
        last = torch.full_like(counts, inverse.numel())
        found.append(last.scatter_reduce(0, inverse.reshape(-1), places, "amin").to(torch.int32))
    if return_inverse:
        found.append(others[0].to(torch.int32))
    if return_counts:
        found.append(others[-1].to(torch.int32))
    return found[0] if len(found) == 1 else tuple(found)
