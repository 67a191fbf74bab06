"""Windows read and written, and entries written by index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from multikeras import ops
from multikeras.ops.scattering import ORDERED
from multikeras_torch.nesting import rows_of, values_alone
from multikeras_torch.ops.indexing import as_indices, inside, unchecked
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide, require_kernels


def _starts(start_indices: Any, count: int, wait: bool) -> list[Any]:
    """Where a window starts along each axis: integers, or scalar tensors where the host would wait for them."""
    entries = list(start_indices) if isinstance(start_indices, (list, tuple)) else [start_indices]
    starts: list[Any] = []
    for entry in entries:
        if isinstance(entry, torch.Tensor):
            starts += entry.reshape(-1).tolist() if wait else list(entry.reshape(-1).unbind())
        elif isinstance(entry, np.ndarray):
            starts += torch.as_tensor(entry).reshape(-1).tolist() if wait else list(torch.as_tensor(entry).unbind())
        else:
            starts.append(entry.__index__())
    if len(starts) != count:
        raise IndexError("as many starts as axes")
    return starts


def _check(start: Any, size: int, whole: int) -> None:
    if isinstance(start, int) and (start < 0 or size < 0 or start + size > whole):
        raise IndexError("a window that sticks out")


def _places(start: torch.Tensor, size: int, whole: int) -> torch.Tensor:
    """The places in a window whose start is not known, moved to where it lies inside."""
    return start.clamp(0, whole - size) + torch.arange(size, device=start.device)


@table.implements(ops.slice)
def slice_(inputs: Any, start_indices: Any, shape: Any) -> Any:
    starts = _starts(start_indices, inputs.ndim, not unchecked(inputs))
    if len(shape) != inputs.ndim:
        raise IndexError("as many sizes as axes")
    result = inputs
    for axis, (start, size) in enumerate(zip(starts, shape, strict=True)):
        whole = inputs.shape[axis]
        if size == -1:
            # A size has to be known, so the host waits for the start.
            start = int(start)
            size = whole - start
        _check(start, size, whole)
        if isinstance(start, int):
            result = result.narrow(axis, start, size)
        else:
            result = torch.index_select(result, axis, _places(start, size, whole))
    return result


@table.implements(ops.slice_update)
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    if updates.ndim != inputs.ndim:
        raise ValueError("as many axes")
    starts = _starts(start_indices, inputs.ndim, not unchecked(inputs))
    for start, size, whole in zip(starts, updates.shape, inputs.shape, strict=True):
        _check(start, size, whole)
    updates = updates.to(inputs.dtype)
    result = inputs.clone()
    if all(isinstance(start, int) for start in starts):
        window = tuple(slice(s, s + n) for s, n in zip(starts, updates.shape, strict=True))
        result[window] = updates
        return result
    key = []
    for axis, (start, size) in enumerate(zip(starts, updates.shape, strict=True)):
        start = torch.as_tensor(start, device=inputs.device)
        along = [1] * inputs.ndim
        along[axis] = -1
        key.append(_places(start, size, inputs.shape[axis]).reshape(along))
    return torch.index_put(inputs, tuple(key), updates)


_REDUCED = {"mul": "prod", "max": "amax", "min": "amin"}


def _written(x: torch.Tensor, indices: torch.Tensor, updates: torch.Tensor, reduction: str | None) -> torch.Tensor:
    """`x` with `updates` at some places. What is to go out of range raises, or is left out."""
    indices = as_indices(indices)
    depth = indices.shape[-1]
    if depth > x.ndim:
        raise ValueError("more indices than axes")
    updates = torch.broadcast_to(updates, (*indices.shape[:-1], *x.shape[depth:]))
    key = indices.unbind(-1)
    if depth == 0 or x.numel() == 0 or indices.shape.numel() == 0:
        if depth and (indices.numel() == 0 or updates.numel() == 0):
            return x.clone()
        key = (*key, torch.zeros(indices.shape[:-1], dtype=torch.int64, device=x.device))
        return _written(x.unsqueeze(0), torch.stack(key, -1), updates, reduction).squeeze(0)
    left_out = unchecked(x)
    if reduction in (None, "add") and not left_out:
        return torch.index_put(x, key, updates, reduction == "add")
    # As one axis of rows.
    rows, valid = torch.zeros((), dtype=torch.int64, device=x.device), None
    for each, size in zip(key, x.shape, strict=False):
        safe, now = inside(each, size)
        if not left_out and not bool(rows_of(now).all()):
            raise IndexError("out of range")
        rows = rows * size + safe
        valid = now if valid is None else valid & now
    count = math.prod(x.shape[:depth])
    flat = x.reshape(count, -1)
    if left_out:
        # One more row takes what goes nowhere.
        rows = torch.where(valid, rows, count)  # type: ignore[arg-type]
        flat = torch.cat([flat, flat.new_zeros((1, flat.shape[1]))])
    rows, updates = rows.reshape(-1), updates.reshape(-1, flat.shape[1])
    if reduction in (None, "add"):
        result = torch.index_put(flat, (rows,), updates, reduction == "add")
    elif flat.is_complex() and not values_alone(flat, updates):
        result = _multiplied(flat, rows, updates)
    else:
        places = rows.unsqueeze(1).expand(updates.shape)
        result = torch.scatter_reduce(flat, 0, places, updates, _REDUCED[reduction])
    return result[:count].reshape(x.shape)


def _multiplied(flat: torch.Tensor, rows: torch.Tensor, updates: torch.Tensor) -> torch.Tensor:
    """`flat` times updates, those of one row with each other first: torch's own product of complex numbers has no
    gradient."""
    order = torch.argsort(rows, stable=True)
    ordered, products = rows[order], updates[order]
    reach = 1
    while reach < len(ordered):
        # Each times the one that lies so far before it in the same row: the last one has all of them in the end.
        same = (ordered[reach:] == ordered[:-reach]).unsqueeze(1)
        products = torch.cat([products[:reach], products[reach:] * torch.where(same, products[:-reach], 1)])
        reach *= 2
    last = torch.cat([ordered[1:] != ordered[:-1], ordered.new_ones(1, dtype=torch.bool)])
    # One more row takes those that are not the last.
    longer = torch.cat([flat, flat.new_zeros((1, flat.shape[1]))])
    return torch.index_put(longer, (torch.where(last, ordered, len(flat)),), longer[ordered] * products)[: len(flat)]


def _combined(x: Any, indices: Any, updates: Any, reduction: str | None) -> Any:
    updates = updates.to(x.dtype)
    if x.dtype is torch.bool and reduction is not None:
        wide = _written(x.to(torch.int32), indices, updates.to(torch.int32), reduction)
        return wide != 0
    try:
        require_kernels(x)
        return _written(x, indices, updates, reduction)
    except RuntimeError:
        return in_wide(
            lambda a, b: _written(a, indices, b, reduction), (x, updates), ordered=reduction in ("max", "min")
        )


@table.implements(ops.scatter)
def scatter(indices: Any, values: Any, shape: Sequence[int]) -> Any:
    sizes: Any = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    return _combined(values.new_zeros(sizes), indices, values, "add")


@table.implements(ops.scatter_update)
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    if reduction not in (None, "add", *_REDUCED):
        raise ValueError("no such reduction")
    if reduction in ORDERED and inputs.is_complex():
        raise TypeError("complex numbers have no order")
    return _combined(inputs, indices, updates, reduction)
