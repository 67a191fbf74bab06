"""Entries in order, and the largest of them."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras_torch.nesting import mapped
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide, require_kernels


def _flat(x: Any, axis: int | None) -> tuple[Any, int]:
    if axis is None:
        return x.reshape(-1), 0
    return x, axis


@table.implements(ops.sort)
def sort(x: Any, axis: int | None = -1) -> Any:
    x, axis = _flat(x, axis)
    try:
        require_kernels(x)
        return torch.sort(x, axis).values
    except RuntimeError:
        return in_wide(lambda y: torch.sort(y, axis).values, (x,), ordered=True)


@table.implements(ops.argsort)
def argsort(x: Any, axis: int | None = -1) -> Any:
    x, axis = _flat(x, axis)
    try:
        require_kernels(x)
        places = torch.argsort(x, dim=axis, stable=True)
    except RuntimeError:
        places = in_wide(lambda y: torch.argsort(y, dim=axis, stable=True), (x,), ordered=True, places=True)
    return places.to(torch.int32)


@table.implements(ops.argpartition)
def argpartition(x: Any, kth: int, axis: int | None) -> Any:
    x, axis = _flat(x, axis)
    size = x.shape[axis] if x.ndim else 0
    if isinstance(kth, bool) or not -size <= kth.__index__() < size:
        raise ValueError("no such place")
    if x.dtype not in _PARTED or x.numel() == 0 or torch.compiler.is_compiling() or mapped():
        return argsort(x, axis)
    kth %= size
    rows = x.movedim(axis, -1)
    # The shorter end is sorted out, the rest stays in its order.
    low = kth < size // 2
    chosen = torch.topk(rows, kth + 1 if low else size - kth, -1, not low, True).indices
    rest = torch.ones(rows.shape, dtype=torch.bool, device=x.device).scatter_(-1, chosen, False)
    others = torch.nonzero(rest)[:, -1].reshape(*rows.shape[:-1], -1)
    places = torch.cat((chosen, others) if low else (others, chosen.flip(-1)), -1)
    return places.movedim(-1, axis).to(torch.int32)


_PARTED = frozenset({torch.float32, torch.float64, torch.int32, torch.int64})


@table.implements(ops.top_k)
def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    if isinstance(k, bool) or x.ndim == 0:
        raise ValueError("no such number")
    try:
        require_kernels(x)
        values, places = torch.topk(x, k, -1, True, sorted)
    except RuntimeError:
        places = in_wide(lambda y: torch.topk(y, k, -1, True, sorted).indices, (x,), ordered=True, places=True)
        values = in_wide(torch.take_along_dim, (x, places, -1))
    return values, places.to(torch.int32)


table.takes_tensors_only("searchsorted")


@table.implements(ops.searchsorted)
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    if sorted_sequence.ndim != 1:
        raise ValueError("one axis")
    sequence, wanted = sorted_sequence.contiguous(), values.contiguous()
    try:
        require_kernels(sequence)
        return torch.searchsorted(sequence, wanted, side=side, out_int32=True)
    except RuntimeError:
        found = in_wide(lambda a, b: torch.searchsorted(a, b, side=side), (sequence, wanted), ordered=True, places=True)
        return found.to(torch.int32)
