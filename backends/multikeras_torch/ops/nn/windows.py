"""What convolutions and poolings share: torch's order of the axes, and the borders that `"same"` adds.

Torch has the channels as axis 1. A view of channels-last data with them there is what torch calls the channels-last
memory format, for which it has kernels: nothing is copied. For one spatial axis there is no such format, so these run
as two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional


def channels_second(x: torch.Tensor, first: bool) -> torch.Tensor:
    """`x` as torch takes it, with at least two spatial axes."""
    if x.ndim == 3:
        return x.unsqueeze(2) if first else x.unsqueeze(1).permute(0, 3, 1, 2)
    if first:
        return x
    return x.permute(0, 3, 1, 2) if x.ndim == 4 else x.permute(0, 4, 1, 2, 3)


def channels_back(x: torch.Tensor, first: bool, axes: int) -> torch.Tensor:
    """A result in the order that the data came in.

    Args:
        x: What torch returned.
        first: Whether the channels come first.
        axes: How many spatial axes the data has.
    """
    if axes == 1:
        return x.squeeze(2) if first else x.permute(0, 2, 3, 1).squeeze(1)
    if first:
        return x
    return x.permute(0, 2, 3, 1) if axes == 2 else x.permute(0, 2, 3, 4, 1)


def same_borders(
    sizes: Sequence[int], window: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> tuple[list[int], list[int]]:
    """How many entries are added before and behind each axis, so that there are `ceil(size / stride)` windows."""
    front, back = [], []
    for size, taps, stride, rate in zip(sizes, window, strides, dilation, strict=True):
        reach = (taps - 1) * rate + 1
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        front.append(total // 2)
        back.append(total - total // 2)
    return front, back


def bordered(x: torch.Tensor, front: Sequence[int], back: Sequence[int], value: float = 0.0) -> torch.Tensor:
    """`x` with entries added before and behind its spatial axes, the last ones."""
    flat: list[int] = []
    for before, behind in zip(reversed(front), reversed(back), strict=True):
        flat += (before, behind)
    return functional.pad(x, flat, value=value)


def doubled(values: Any, axes: int, one: int) -> tuple[int, ...]:
    """Values for the spatial axes, with one in front where one axis runs as two."""
    return (one, *values) if axes == 1 else tuple(values)
