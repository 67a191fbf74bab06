"""Entries picked by index.

On CPUs torch's kernels raise for an index that is out of range. On accelerators and in compiled steps they can't:
there the index picks nan or 0.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import torch

from multikeras import ops
from multikeras.ops._indices import as_key, explain_key
from multikeras.ops._rules import canonical_axis
from multikeras_torch.nesting import mapped
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide, require_kernels, widened

_INDICES = (torch.int64, torch.int32)
_INTEGERS = frozenset((*_INDICES, torch.int16, torch.int8, torch.uint8, torch.uint16, torch.uint32, torch.uint64))


def unchecked(x: torch.Tensor) -> bool:
    """Whether nothing can be raised for the values of indices into `x`."""
    return not x.is_cpu or torch.compiler.is_compiling()


def as_indices(indices: torch.Tensor) -> torch.Tensor:
    """Indices in a dtype that torch takes for them.

    Raises:
        TypeError: They are no integers.
    """
    if indices.dtype in _INDICES:
        return indices
    if indices.dtype not in _INTEGERS:
        raise TypeError("no indices")
    return indices.to(torch.int64)


def inside(indices: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Indices counted from the front, 0 for those out of range, and which of them are in range."""
    counted = torch.where(indices < 0, indices + size, indices)
    valid = (counted >= 0) & (counted < size)
    return torch.where(valid, counted, 0), valid


def emptied(x: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """`x` with nan or 0 where an index was out of range."""
    nothing = math.nan if x.is_floating_point() or x.is_complex() else 0
    return torch.where(valid, x, torch.full((), nothing, dtype=x.dtype, device=x.device))


@table.implements(ops.take)
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    if axis == 0 and x.ndim == 2 and indices.dtype in _INDICES and not unchecked(x):
        try:
            # The kernel of look-up tables, whose gradient is the fastest.
            return torch.embedding(x, indices)
        except (RuntimeError, IndexError):
            # Negative indices, or dtypes that it does not take.
            return x[indices]
    if axis is None:
        x, axis = x.reshape(-1), 0
    indices = as_indices(indices)
    axis = canonical_axis(axis, x.ndim)
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    if unchecked(x):
        if x.shape[axis] == 0:
            return emptied(x.new_zeros(shape), torch.zeros((), dtype=torch.bool, device=x.device))
        indices, valid = inside(indices, x.shape[axis])
        found = torch.index_select(x, axis, indices.reshape(-1)).reshape(shape)
        return emptied(found, valid.reshape(valid.shape + (1,) * (x.ndim - axis - 1)))
    try:
        return torch.index_select(x, axis, indices.reshape(-1)).reshape(shape)
    except (RuntimeError, IndexError):
        return x[(slice(None),) * axis + (indices,)]


def _gathered(x: Any, indices: Any, axis: int) -> Any:
    # Not torch.take_along_dim, which does not check indices.
    if x.ndim > 1:
        shape = torch.broadcast_shapes(*((*s[:axis], 1, *s[axis + 1 :]) for s in (x.shape, indices.shape)))
        if shape[:axis] != x.shape[:axis] or shape[axis + 1 :] != x.shape[axis + 1 :]:
            x = x.expand((*shape[:axis], x.shape[axis], *shape[axis + 1 :]))
        if shape[:axis] != indices.shape[:axis] or shape[axis + 1 :] != indices.shape[axis + 1 :]:
            indices = indices.expand((*shape[:axis], indices.shape[axis], *shape[axis + 1 :]))
    return torch.gather(x, axis, indices)


@table.implements(ops.take_along_axis)
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    if axis is None:
        x, axis = x.reshape(-1), 0
    indices = as_indices(indices).to(torch.int64)
    if x.ndim != indices.ndim:
        raise ValueError("as many axes")
    axis = canonical_axis(axis, x.ndim)
    size = x.shape[axis]
    if unchecked(x):
        if size == 0:
            shape = torch.broadcast_shapes(*((*s[:axis], 1, *s[axis + 1 :]) for s in (x.shape, indices.shape)))
            shape = (*shape[:axis], indices.shape[axis], *shape[axis + 1 :])
            return emptied(x.new_zeros(shape), torch.zeros((), dtype=torch.bool, device=x.device))
        indices, valid = inside(indices, size)
        try:
            require_kernels(x)
            found = _gathered(x, indices, axis)
        except RuntimeError:
            found = in_wide(_gathered, (x, indices, axis))
        return emptied(found, valid)
    # Of few the smallest is found sooner than what the kernel raises is caught.
    negative = 0 < indices.numel() <= _FEW and not mapped() and indices.amin().item() < 0
    if negative:
        indices = torch.where(indices < 0, indices + size, indices)
    try:
        require_kernels(x)
        return _gathered(x, indices, axis)
    except RuntimeError:
        if not negative:
            indices = torch.where(indices < 0, indices + size, indices)
    try:
        require_kernels(x)
        return _gathered(x, indices, axis)
    except RuntimeError:
        return in_wide(_gathered, (x, indices, axis))


_FEW = 4096


def _plain(key: tuple[Any, ...]) -> bool:
    """Whether a key is made of integers and slices forward alone, on which torch and NumPy agree."""
    for entry in key:
        kind = type(entry)
        if kind is not int and (kind is not slice or entry.step is not None):
            return False
    return True


@table.implements(ops.get_item)
def get_item(x: Any, key: Any) -> Any:
    kind = type(key)
    if kind is int:
        return x[key]
    if kind is slice and (key.step is None or (type(key.step) is int and key.step > 0)):
        return x[key]
    if kind is tuple and _plain(key):
        return x[key]
    entries = as_key(key)
    if sum(entry is Ellipsis for entry in entries) > 1:
        raise IndexError("one of them")
    turned, entries = _forward(x, entries)
    if not any(isinstance(entry, torch.Tensor) for entry in entries):
        return turned[tuple(entries)]
    result = _advanced(turned, entries)
    if not unchecked(x) and not result.numel():
        # Where the result has no entries, torch does not look at the indices.
        explain_key(x, key)
    return result


_flip = widened(torch.flip)


def _forward(x: Any, entries: tuple[Any, ...]) -> tuple[Any, list[Any]]:
    """A key with tensors for lists and host arrays, and without steps backwards, which torch does not take."""
    entries = tuple(_tensor(e, x.device) if isinstance(e, (list, np.ndarray)) else e for e in entries)
    result: list[Any] = []
    taken = sum(
        entry.ndim if isinstance(entry, torch.Tensor) and entry.dtype is torch.bool else 1
        for entry in entries
        if entry is not None and entry is not Ellipsis
    )
    axis = 0
    for entry in entries:
        if entry is Ellipsis:
            axis += x.ndim - taken
        elif isinstance(entry, torch.Tensor):
            axis += entry.ndim if entry.dtype is torch.bool else 1
            if entry.dtype is not torch.bool:
                entry = as_indices(entry) if entry.numel() else entry.to(torch.int64)
        elif isinstance(entry, slice):
            if entry.step is not None and entry.step.__index__() < 0:
                start, stop, step = entry.indices(x.shape[axis])
                count = len(range(start, stop, step))
                x = _flip(x, (axis,))
                first = x.shape[axis] - 1 - start
                entry = slice(first, first + (count - 1) * -step + 1, -step) if count else slice(0, 0)
            axis += 1
        elif entry is not None:
            if isinstance(entry, (bool, str, float)):
                raise IndexError("no index")
            entry = entry.__index__()
            axis += 1
        result.append(entry)
    return x, result


def _tensor(entry: Any, device: torch.device) -> torch.Tensor:
    tensor = torch.as_tensor(entry, device=device)
    return tensor if tensor.numel() else tensor.to(torch.int64)


def _advanced(x: Any, entries: list[Any]) -> Any:
    """`x[key]` with tensors in the key, by NumPy's rules for integers beside them."""
    tensors = [e for e in entries if isinstance(e, torch.Tensor)]
    masks = any(e.dtype is torch.bool for e in tensors)
    ndim = max([1 if e.dtype is torch.bool else e.ndim for e in tensors])
    scalar = ndim == 0
    if scalar:
        ndim = 1
    key, valid = list(entries), None
    axis = 0
    rest = x.ndim - sum(
        (e.ndim if isinstance(e, torch.Tensor) and e.dtype is torch.bool else 1)
        for e in entries
        if e is not None and e is not Ellipsis
    )
    check = unchecked(x) and not masks
    places: list[int] = []
    before: list[int] = []
    kept = 0
    for number, entry in enumerate(entries):
        if entry is None:
            kept += 1
        elif entry is Ellipsis:
            kept += rest
            axis += rest
        elif isinstance(entry, slice):
            kept += 1
            axis += 1
        elif isinstance(entry, int) and scalar:
            # Beside scalar tensors alone an integer takes its axis out on the spot.
            axis += 1
        else:
            if isinstance(entry, int):
                if not -x.shape[axis] <= entry < x.shape[axis]:
                    raise IndexError("out of range")
                entry = torch.full((1,) * ndim, entry, device=x.device)
            if entry.dtype is not torch.bool:
                entry = entry.reshape((1,) * (ndim - entry.ndim) + entry.shape)
                if check:
                    entry, now = inside(entry, x.shape[axis])
                    valid = now if valid is None else valid & now
            places.append(number)
            before.append(kept)
            key[number] = entry
            axis += entry.ndim if entry.dtype is torch.bool else 1
    found = x[tuple(key)]
    together = all(b == a + 1 for a, b in itertools.pairwise(places))
    at = before[0] if together else 0
    if valid is not None:
        found = emptied(found, valid.reshape(valid.shape + (1,) * (found.ndim - at - valid.ndim)))
    return found.squeeze(at) if scalar else found
