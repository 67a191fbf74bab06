"""The same entries in another shape or order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.ops._rules import canonical_axes
from multikeras.ops._shapes import known_newshape
from multikeras_torch.table import table
from multikeras_torch.widened import widened


def _of_axes(kernel: Callable) -> Callable:
    def run(x: Any, first: Any, second: Any) -> Any:
        if x.ndim == 0 and (type(first) is int or first):
            # Torch would take a scalar for a tensor of one axis.
            raise ValueError("no axes")
        return kernel(x, first, second)

    return run


# `torch.moveaxis` is the same, but has no rule for many rows at once.
table.alias(moveaxis=_of_axes(torch.movedim), swapaxes=_of_axes(torch.swapaxes))

_flip = widened(torch.flip)


@table.implements(ops.reshape)
def reshape(x: Any, newshape: Any) -> Any:
    if type(newshape) is int:
        return x.reshape(newshape)
    if None in newshape:
        newshape = known_newshape(newshape)
    if -1 in newshape and x.numel() == 0 and 0 in newshape:
        raise ValueError("a size that could be any")
    return torch.reshape(x, newshape)


@table.implements(ops.ravel)
def ravel(x: Any) -> Any:
    return x.reshape(-1)


@table.implements(ops.transpose)
def transpose(x: Any, axes: Any = None) -> Any:
    return x.permute(tuple(range(x.ndim - 1, -1, -1))) if axes is None else x.permute(axes)


@table.implements(ops.expand_dims)
def expand_dims(x: Any, axis: Any) -> Any:
    if type(axis) is int:
        return torch.unsqueeze(x, axis)
    if not isinstance(axis, (list, tuple)):
        return torch.unsqueeze(x, axis.__index__())
    for each in sorted(canonical_axes(axis, x.ndim + len(axis))):
        x = torch.unsqueeze(x, each)
    return x


@table.implements(ops.squeeze)
def squeeze(x: Any, axis: Any = None) -> Any:
    if axis is None:
        return torch.squeeze(x)
    axes = canonical_axes(axis, x.ndim)
    for each in axes:
        if x.shape[each] != 1:
            # Torch would leave the axis as it is.
            raise ValueError("an axis of another size than 1")
    return torch.squeeze(x, axes)


@table.implements(ops.broadcast_to)
def broadcast_to(x: Any, shape: Any) -> Any:
    shape = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    if -1 in shape:
        # Torch would take it for "as it is".
        raise ValueError("a negative size")
    return torch.broadcast_to(x, shape)


@table.implements(ops.flip)
def flip(x: Any, axis: Any = None) -> Any:
    axes = tuple(range(x.ndim)) if axis is None else tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    if x.ndim == 0 and axes:
        raise ValueError("no axes")
    return _flip(x, axes)


@table.implements(ops.roll)
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    shifts = tuple(shift) if isinstance(shift, (list, tuple)) else (shift,)
    if axis is None:
        # Without an axis the kernel rolls mapped numbers over the rows.
        return torch.roll(x.reshape(-1), builtin_sum(shifts), 0).reshape(x.shape)
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    if not axes:
        return x
    count = max(len(shifts), len(axes))
    if len(shifts) != count:
        shifts *= count // len(shifts)
    if len(axes) != count:
        axes *= count // len(axes)
    return torch.roll(x, shifts, axes)


table.judges_empties("roll")
builtin_sum = sum


@table.implements(ops.rot90)
def rot90(array: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    return _rot90(array, k, list(axes))


_rot90 = widened(torch.rot90)
