"""The order that sorts entries and keeps equal ones as they are."""

from __future__ import annotations

from typing import Any

import numpy as np

# From how many entries on along the axis the detour is shorter.
_MANY = 256
_SIGN = np.uint32(1 << 31)


def stable_order(x: np.ndarray, axis: int | None) -> np.ndarray:
    """Places of the entries along an axis in rising order, int32; nan comes last.

    NumPy sorts 64-bit integers several times as fast as it finds a stable order. So the entries, as integers in the
    same order, and their places become one integer each.

    Args:
        x: An array of a dtype whose order NumPy knows.
        axis: The axis; `None` flattens `x` first.
    """
    if axis is None:
        x, axis = x.reshape(-1), 0
    keys = _keys(x) if x.ndim and x.shape[axis] >= _MANY else None
    if keys is None:
        return np.argsort(x, axis, kind="stable").astype(np.int32)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    wide = keys.astype(np.uint64)
    wide <<= np.uint64(32)
    wide |= np.arange(x.shape[axis], dtype=np.uint64).reshape(shape)
    wide.sort(axis)
    # The lower half of each.
    return wide.astype(np.uint32).view(np.int32)


def _keys(x: np.ndarray) -> Any:
    """Unsigned 32-bit integers in the order of the entries; `None` where they are too few."""
    kind, size = x.dtype.kind, x.dtype.itemsize
    if kind == "f" and size <= 4:
        # 0 and -0 are one number, and so is every nan.
        numbers = x.astype(np.float32) + np.float32(0)
        np.copyto(numbers, np.float32(np.nan), where=np.isnan(numbers))
        bits = numbers.view(np.uint32)
        return np.where(bits & _SIGN, ~bits, bits | _SIGN)
    if kind == "i" and size <= 4:
        return x.astype(np.int32).view(np.uint32) ^ _SIGN
    return x.astype(np.uint32) if kind in "ub" and size <= 4 else None
