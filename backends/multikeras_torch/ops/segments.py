"""Sums, products and extremes over entries that carry the same number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras.ops.segments import greatest_of, least_of
from multikeras_torch.table import table
from multikeras_torch.widened import widened


def _count(ids: Any) -> int:
    """One more than the largest number."""
    if not ids.numel():
        return 0
    if torch.compiler.is_compiling():
        # A size that a trace can go on with, unlike a number that the host reads.
        rounds = (ids.max() + 1).reshape(1)
        return torch.repeat_interleave(torch.zeros_like(rounds), rounds).shape[0]
    return int(ids.max()) + 1


def _reduction(kernel: str, start: Callable[[str], Any]) -> Callable:
    def run(data: Any, ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        if data.ndim < 1 or ids.shape != data.shape[:1] or data.dtype is torch.bool or data.is_complex():
            raise ValueError("one number for each entry")
        if ids.is_floating_point() or ids.is_complex() or ids.dtype is torch.bool:
            raise TypeError("numbers are integers")
        if num_segments is None:
            num_segments = _count(ids)
        elif num_segments < 0:
            raise ValueError("a negative number")
        # Entries that belong nowhere go to one more segment.
        places = torch.where((ids >= 0) & (ids < num_segments), ids, num_segments).to(torch.int64)
        places = places.reshape(-1, *(1,) * (data.ndim - 1)).expand(data.shape)
        shape = (num_segments + 1, *data.shape[1:])
        dtype = str(data.dtype).removeprefix("torch.")
        if kernel == "sum":
            return torch.zeros(shape, dtype=data.dtype, device=data.device).scatter_add(0, places, data)[:-1]
        empty = torch.full(shape, start(dtype), dtype=data.dtype, device=data.device)
        return empty.scatter_reduce(0, places, data, kernel)[:-1]

    return run


table.alias(
    segment_sum=widened(_reduction("sum", lambda dtype: 0)),
    segment_prod=widened(_reduction("prod", lambda dtype: 1)),
    segment_max=widened(_reduction("amax", least_of), ordered=True),
    segment_min=widened(_reduction("amin", greatest_of), ordered=True),
)
