"""Sums, products and extremes over entries that carry the same number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._indices import require_indices
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.comparison import equal, where
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.creation import full
from multikeras.ops.joining import concatenate
from multikeras.ops.ranges import arange
from multikeras.ops.reduction import max, min, prod, sum
from multikeras.ops.shaping import reshape

# The floats without an infinity.
_LARGEST = {"float8_e4m3fn": 448.0}


def least_of(dtype: str) -> Any:
    """The least number of a dtype, as a Python number."""
    if lattice.is_float(dtype):
        return -_LARGEST.get(dtype, math.inf)
    return False if dtype == "bool" else int(np.iinfo(lattice.numpy_dtype(dtype)).min)


def greatest_of(dtype: str) -> Any:
    """The greatest number of a dtype, as a Python number."""
    if lattice.is_float(dtype):
        return _LARGEST.get(dtype, math.inf)
    return True if dtype == "bool" else int(np.iinfo(lattice.numpy_dtype(dtype)).max)


def check_segments(op: str, data: Spec, segment_ids: Spec, num_segments: Any) -> None:
    """Raise unless these are entries and their numbers.

    Raises:
        DTypeError: The numbers are no integers, or the entries bools.
        ShapeError: There is not one number for each entry.
        ArgumentError: `num_segments` is no count.
    """
    require_indices("segment_ids", segment_ids, op)
    if data.dtype == "bool":
        raise DTypeError(f"ops.{op} takes numbers, not bools.", received=f"data={data}", hint="ops.cast(data, 'int32')")
    if len(segment_ids.shape) != 1 or not data.shape:
        raise ShapeError("There is one number for each entry.", received=f"data={data}, segment_ids={segment_ids}")
    a, b = data.shape[0], segment_ids.shape[0]
    if a is not None and b is not None and a != b:
        raise ShapeError("There is one number for each entry.", received=f"data={data}, segment_ids={segment_ids}")
    if num_segments is not None and (
        isinstance(num_segments, bool) or not hasattr(num_segments, "__index__") or num_segments < 0
    ):
        raise ArgumentError("`num_segments` is an integer from 0 on.", received=f"num_segments={num_segments!r}")


def _rule(op: str) -> Callable:
    @rules.rule()
    def infer(data: Spec, segment_ids: Spec, num_segments: int | None = None, sorted: bool = False) -> Spec:
        check_segments(op, data, segment_ids, num_segments)
        return Spec((num_segments, *data.shape[1:]), rules.same(data.dtype))

    return infer


def _reference(reduce: Callable, start: Callable) -> Callable:
    def run(data: np.ndarray, segment_ids: np.ndarray, num_segments: int | None = None, sorted: bool = False) -> Any:
        count = int(segment_ids.max(initial=-1)) + 1 if num_segments is None else num_segments
        result = np.full((count, *data.shape[1:]), start(data.dtype.name), data.dtype)
        for row, i in zip(data, segment_ids, strict=True):
            if 0 <= i < count:
                result[i] = reduce(result[i], row)
        return result

    return run


_SMALL = {"float8_e4m3fn", "float8_e5m2"}
_NUMBERS = ("float32", *sorted((lattice.FLOATS | lattice.INTEGERS) - {"float32"} - _SMALL))


def _cases() -> list[Any]:
    return [
        case(draw(5), [0, 0, 1, 2, 2], 3, dtypes=_NUMBERS),
        case(draw(6, 2), [2, 0, 0, 2, 4, 0], 5, dtypes=_NUMBERS, gradient=False),
        case(draw(4, 2, 3), [1, 0, 1, 1], num_segments=2, dtypes=_NUMBERS),
        case(draw(4), [0, 0, 1, 1], 2, sorted=True, dtypes=("float32",)),
        case(draw(4), [-1, 0, 3, 1], num_segments=2, dtypes=("float32", "int32")),
        case(draw(5), [0, 3, 1, 3, 3], dtypes=("float32",), gradient=False),
        case(draw(0, 2), np.zeros(0, np.int32), 2, dtypes=("float32",)),
        case(draw(3), [0.0, 1.0, 2.0], 3, dtypes=("float32",), raises=DTypeError, match="integer dtype"),
        case(draw(3), [[0, 1, 2]], 3, dtypes=("float32",), raises=ShapeError, match="one number"),
        case(draw(3), [0, 1], 3, dtypes=("float32",), raises=ShapeError, match="one number"),
        case(draw(3), [0, 1, 1], -1, dtypes=("float32",), raises=ArgumentError, match="from 0 on"),
    ]


def _reduced(op: str, reduce: Callable, start: Callable, data: Any, ids: Any, count: int | None) -> Any:
    """Segment by segment, over the entries that are in it and what an empty one has."""
    check_segments(op, Spec(tuple(data.shape), dtype_of(data)), Spec(tuple(ids.shape), dtype_of(ids)), count)
    dtype, size = dtype_of(data), shape_of(data)
    number: Any = count
    if number is None:
        number = int(max(concatenate([cast(ids, "int32"), full((1,), -1, "int32")]))) + 1
    rows = reshape(cast(ids, "int32"), (-1, *(1,) * len(size)))
    inside = equal(rows, reshape(arange(number, dtype="int32"), (1, -1, *(1,) * (len(size) - 1))))
    entries = where(inside, reshape(data, (size[0], 1, *size[1:])), full((), start(dtype), dtype))
    none = full((1, number, *size[1:]), start(dtype), dtype)
    return cast(reduce(concatenate([none, entries], 0), 0), dtype)


def _declared(name: str, numpy_reduce: Callable, start: Callable) -> Callable:
    return composite(infer=_rule(name), reference=_reference(numpy_reduce, start), cases=_cases(), real=True)


def _zero(dtype: str) -> Any:
    return 0


def _one(dtype: str) -> Any:
    return 1


@_declared("segment_sum", np.add, _zero)
def segment_sum(data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False) -> Tensor:
    """Sums of the entries that carry the same number: `y[i] = sum(data[segment_ids == i])`.

    Args:
        data: Entries along the first axis; of a real dtype but bool.
        segment_ids: An integer tensor of shape (len(data),). Entries whose number is no segment are left out.
        num_segments: How many segments there are; by default one more than the largest number, which compiled steps of
            JAX have to be told.
        sorted: Whether `segment_ids` are known to rise.

    Returns:
        A tensor of shape (num_segments, *data.shape[1:]) and the dtype of `data`; 0 for an empty segment.

    Raises:
        DTypeError, ShapeError, ArgumentError: These are no entries and numbers, or no count.

    ```python
    >>> segment_sum([1.0, 2.0, 3.0], [0, 0, 1]).tolist()
    [3.0, 3.0]

    ```
    """
    return _reduced("segment_sum", sum, _zero, data, segment_ids, num_segments)


@_declared("segment_prod", np.multiply, _one)
def segment_prod(data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False) -> Tensor:
    """Products of the entries that carry the same number.

    Args:
        data: As for `segment_sum`.
        segment_ids: As for `segment_sum`.
        num_segments: As for `segment_sum`.
        sorted: As for `segment_sum`.

    Returns:
        A tensor of shape (num_segments, *data.shape[1:]) and the dtype of `data`; 1 for an empty segment.

    Raises:
        DTypeError, ShapeError, ArgumentError: As `segment_sum`.

    ```python
    >>> segment_prod([2.0, 3.0, 4.0], [0, 0, 1]).tolist()
    [6.0, 4.0]

    ```
    """
    return _reduced("segment_prod", prod, _one, data, segment_ids, num_segments)


@_declared("segment_max", np.maximum, least_of)
def segment_max(data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False) -> Tensor:
    """Largest of the entries that carry the same number.

    Args:
        data: As for `segment_sum`.
        segment_ids: As for `segment_sum`.
        num_segments: As for `segment_sum`.
        sorted: As for `segment_sum`.

    Returns:
        A tensor of shape (num_segments, *data.shape[1:]) and the dtype of `data`; for an empty segment -inf, or the
        least number of a dtype without it.

    Raises:
        DTypeError, ShapeError, ArgumentError: As `segment_sum`.

    ```python
    >>> segment_max([1.0, 2.0, 3.0], [0, 0, 1]).tolist()
    [2.0, 3.0]

    ```
    """
    return _reduced("segment_max", max, least_of, data, segment_ids, num_segments)


@_declared("segment_min", np.minimum, greatest_of)
def segment_min(data: Tensor, segment_ids: Tensor, num_segments: int | None = None, sorted: bool = False) -> Tensor:
    """Smallest of the entries that carry the same number.

    Args:
        data: As for `segment_sum`.
        segment_ids: As for `segment_sum`.
        num_segments: As for `segment_sum`.
        sorted: As for `segment_sum`.

    Returns:
        A tensor of shape (num_segments, *data.shape[1:]) and the dtype of `data`; for an empty segment inf, or the
        greatest number of a dtype without it.

    Raises:
        DTypeError, ShapeError, ArgumentError: As `segment_sum`.

    ```python
    >>> segment_min([1.0, 2.0, 3.0], [0, 0, 1]).tolist()
    [1.0, 3.0]

    ```
    """
    return _reduced("segment_min", min, greatest_of, data, segment_ids, num_segments)
