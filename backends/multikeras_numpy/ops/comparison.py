"""Comparisons and choice, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table

table.alias(
    equal=np.equal,
    greater=np.greater,
    greater_equal=np.greater_equal,
    less=np.less,
    less_equal=np.less_equal,
    not_equal=np.not_equal,
)


@table.implements(ops.where)
def where(condition: Any, x1: Any, x2: Any) -> Any:
    if x1 is None and x2 is None:
        return tuple(indices.astype(np.int32) for indices in condition.nonzero())
    if x1 is None or x2 is None:
        raise TypeError("one of two")
    if condition.size >= _MANY and condition.dtype.kind == "b":
        x1, x2 = _of_one_dtype(x1, x2)
        # None is a dtype to NumPy.
        dtype, other = getattr(x1, "dtype", None), getattr(x2, "dtype", None)
        integers = _INTEGERS.get(dtype) if dtype is not None and other is not None and other == dtype else None
        if integers is not None:
            return _chosen(condition, x1, x2, integers)
    return np.where(condition, x1, x2)


# From how many entries on it matters that NumPy asks for each of them, over which processors stumble.
_MANY = 4096
_INTEGERS = {
    np.dtype(name): np.dtype(f"int{8 * np.dtype(name).itemsize}")
    for name in (
        "float32",
        "float64",
        "float16",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
    )
}


def _of_one_dtype(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Of a tensor and a Python number the number in the tensor's dtype, where the result has it."""
    if type(x1) in _HELD_BY and hasattr(x2, "dtype") and x2.dtype.kind in _HELD_BY[type(x1)]:
        return x2.dtype.type(x1), x2
    if type(x2) in _HELD_BY and hasattr(x1, "dtype") and x1.dtype.kind in _HELD_BY[type(x2)]:
        return x1, x1.dtype.type(x2)
    return x1, x2


# Kinds of dtypes that hold a Python number.
_HELD_BY = {bool: "biuf", int: "iuf", float: "f"}


def _chosen(condition: Any, x1: Any, x2: Any, integers: np.dtype) -> Any:
    """The same by arithmetic: bits of one where the condition has all bits set, else those of the other."""
    mask = condition.view(np.int8).astype(integers)
    np.negative(mask, out=mask)
    first, second = x1.view(integers), x2.view(integers)
    differing = np.bitwise_and(np.bitwise_xor(first, second), mask)
    np.bitwise_xor(differing, second, out=differing)
    return differing.view(x1.dtype)
