"""Tensors joined into one, and one taken apart."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.ops.joining import split_points
from multikeras_torch.table import table

table.alias(stack=torch.stack)


@table.implements(ops.concatenate)
def concatenate(xs: Any, axis: int | None) -> Any:
    if axis is None:
        return torch.cat([x.reshape(-1) for x in xs])
    ndim = xs[0].ndim
    for x in xs:
        if x.ndim != ndim:
            # Torch would pass over an empty tensor of one axis.
            raise ValueError("tensors of several numbers of axes")
    if ndim == 1 and axis not in (0, -1):
        # Where all of them are empty, torch would not look.
        raise ValueError("no such axis")
    return torch.cat(xs, axis)


@table.implements(ops.unstack)
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    if num is not None and num != x.shape[axis]:
        raise ValueError(f"{x.shape[axis]} entries, not {num}")
    return list(torch.unbind(x, axis))


@table.implements(ops.array_split)
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if type(indices_or_sections) is not int:
        indices_or_sections = split_points(x.shape[axis], indices_or_sections, even=False)
    return list(torch.tensor_split(x, indices_or_sections, axis))


@table.implements(ops.split)
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    size = x.shape[axis]
    if type(indices_or_sections) is int:
        if indices_or_sections < 1 or size % indices_or_sections:
            raise ValueError("no equal parts")
        if size:
            return list(torch.split(x, size // indices_or_sections, axis))
    cuts = split_points(size, indices_or_sections, even=True)
    return list(torch.tensor_split(x, cuts, axis))
