"""Entries repeated, and borders added."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops._rules import require_number
from multikeras.ops.tiling import ORDERED_PADS
from multikeras_numpy.ops.creation import held
from multikeras_numpy.table import table

table.alias(tile=np.tile)

_NAMES = {"circular": "wrap", "empty": "constant"}


@table.implements(ops.repeat)
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    if axis is not None and x.ndim == 0:
        # NumPy would take a scalar for a tensor of one axis.
        raise ValueError("no axes")
    return np.repeat(x, repeats, axis)


@table.implements(ops.meshgrid)
def meshgrid(*x: Any, indexing: Any = "xy") -> list[Any]:
    return list(np.meshgrid(*x, indexing=indexing))


@table.implements(ops.pad)
def pad(x: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = None) -> Any:
    if mode in ORDERED_PADS and x.dtype.kind == "c":
        raise TypeError("complex numbers have no order")
    if constant_values is not None and mode != "constant":
        raise ValueError("nowhere to put the values")
    mode = _NAMES.get(mode, mode)
    if constant_values is None:
        return np.pad(x, pad_width, mode)
    if type(constant_values) in (int, float):
        constant_values = np.asarray(held(constant_values, x.dtype), x.dtype)
    else:
        # NumPy does not always look at it, and takes texts for true.
        require_number("constant_values", constant_values)
    return np.pad(x, pad_width, mode, constant_values=constant_values)
