"""Tensors joined into one, and one taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops.joining import split_points
from multikeras_numpy.table import table

table.alias(concatenate=np.concatenate, stack=np.stack)


@table.implements(ops.unstack)
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    if num is not None and num != x.shape[axis]:
        raise ValueError(f"{x.shape[axis]} entries, not {num}")
    return list(x) if type(axis) is int and axis == 0 else list(np.moveaxis(x, axis.__index__(), 0))


@table.implements(ops.split)
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    cuts = split_points(x.shape[axis], indices_or_sections, even=True)
    return np.split(x, cuts, axis)
