"""Tensors as sets: the different entries, those that are in another, and those that are not 0."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import subtract
from multikeras.ops.comparison import equal, less, not_equal, where
from multikeras.ops.conversion import cast, dtype, shape
from multikeras.ops.creation import full, ones, zeros
from multikeras.ops.cumulative import cumsum
from multikeras.ops.indexing import get_item, take
from multikeras.ops.joining import concatenate
from multikeras.ops.logic import logical_and, logical_not
from multikeras.ops.looping import scan_flat
from multikeras.ops.ranges import arange
from multikeras.ops.reduction import any
from multikeras.ops.rounding import minimum
from multikeras.ops.scattering import scatter_update
from multikeras.ops.shaping import expand_dims, moveaxis, ravel, reshape, transpose
from multikeras.ops.sorting import argsort, searchsorted, sort


@rules.rule("promote")
def _isin_rule(x1: Spec, x2: Spec, assume_unique: bool = False, invert: bool = False) -> Spec:
    rules.common(x1, x2)
    return Spec(x1.shape, "bool")


@composite(
    infer=_isin_rule,
    reference=np.isin,
    cases=[
        case([1, 2, 3, 4], [2, 4, 9]),
        case([[1, 2], [3, 4]], [[2], [4]], invert=True),
        case([1.0, float("nan"), float("inf"), -0.0], [float("nan"), float("inf"), 0.0]),
        case(draw(2, 3, dtype="int32"), 1),
        case(draw(2, 3), draw(4), dtypes=("int32", "uint8", "bool", "float32")),
        case(2, [1, 2, 3], assume_unique=True),
        case([True, False], [True]),
        case([1, 2], [1.0, 2.5]),
        case(draw(2, 3), draw(0), dtypes=("float32",)),
        case(draw(2), draw(0), invert=True, dtypes=("float32",)),
        case(draw(0), draw(2), dtypes=("float32",)),
        case(np.array([1j, 2.0], "complex64"), np.array([1j], "complex64")),
    ],
    differentiable=False,
)
def isin(x1: Tensor, x2: Tensor, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each entry of `x1` is among those of `x2`.

    Args:
        x1: A tensor of any shape and dtype.
        x2: Another; nan is in none.
        assume_unique: Whether the entries of both are all different, which is of no use here.
        invert: Whether the answers are turned round.

    Returns:
        A bool tensor of the shape of `x1`.

    ```python
    >>> isin([1, 2, 3], [3, 1]).tolist()
    [True, False, True]

    ```
    """
    known = ravel(x2)
    if known.shape[0] == 0:
        return full(tuple(shape(x1)), invert, "bool")
    if dtype(x1) in ("complex64", "complex128"):
        found = any(equal(expand_dims(x1, -1), known), -1)
    else:
        ordered = sort(known)
        place = searchsorted(ordered, x1)
        if known.shape[0] is None:
            # One more, so that there is an entry behind the last one.
            behind = zeros((1,), dtype(known))
            found = logical_and(less(place, shape(known)[0]), equal(take(concatenate([ordered, behind]), place, 0), x1))
        else:
            found = equal(take(ordered, minimum(place, known.shape[0] - 1), 0), x1)
    return logical_not(found) if invert else found


@rules.rule()
def _nonzero_rule(x: Spec) -> tuple[Spec, ...]:
    if not x.shape:
        raise ShapeError("Places are those in a tensor with axes.", received=f"x={x}", hint="ops.reshape(x, (1,))")
    return tuple(Spec((None,), "int32") for _ in x.shape)


@composite(
    infer=_nonzero_rule,
    reference=np.nonzero,
    cases=[
        case([[0, 1], [2, 0]]),
        case([0.0, -0.0, 1.5, float("nan")]),
        case([True, False, True]),
        case(draw(2, 3, 2, dtype="bool")),
        case(np.zeros((0, 2), "float32")),
        case([0, 0]),
        case(1.0, raises=ShapeError, match="with axes"),
    ],
    differentiable=False,
)
def nonzero(x: Tensor) -> tuple[Tensor, ...]:
    """The places of the entries that are not 0, in row-major order.

    Args:
        x: A tensor of one axis or more, of any dtype.

    Returns:
        A tuple with an int32 vector for each axis: the indices along it. Their size depends on values: not in every
        compiled step.

    Raises:
        ShapeError: `x` is a scalar.

    ```python
    >>> [indices.tolist() for indices in nonzero([[0, 1], [2, 0]])]
    [[0, 1], [1, 0]]

    ```
    """
    if len(x.shape) == 0:
        raise ShapeError("a tensor with axes", received="")
    return where(not_equal(x, 0))


def _unique_size(size: Any) -> int | None:
    if size is None:
        return None
    if isinstance(size, bool) or not hasattr(size, "__index__") or size.__index__() < 0:
        raise ArgumentError("`size` is an integer from 0 on.", received=f"size={size!r}", hint="size=4")
    return size.__index__()


@rules.rule()
def _unique_rule(
    x: Spec,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    count = _unique_size(size)
    if axis is None:
        values, inverse = (count,), x.shape
    else:
        place = rules.canonical_axis(axis, len(x.shape))
        values, inverse = (*x.shape[:place], count, *x.shape[place + 1 :]), (x.shape[place],)
    found = [Spec(values, rules.same(x.dtype))]
    if return_index:
        found.append(Spec((count,), "int32"))
    if return_inverse:
        found.append(Spec(inverse, "int32"))
    if return_counts:
        found.append(Spec((count,), "int32"))
    return found[0] if len(found) == 1 else tuple(found)


def _unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    size: Any = None,
    fill_value: Any = None,
) -> Any:
    values, index, inverse, counts = np.unique(x, True, True, True, axis, equal_nan=False)
    place = 0 if axis is None else axis % x.ndim
    if size is not None:

        def fit(each: np.ndarray, fill: Any, at: int) -> np.ndarray:
            each = np.take(each, range(builtins.min(size, each.shape[at])), at)
            widths = [(0, 0)] * each.ndim
            widths[at] = (0, size - each.shape[at])
            return np.pad(each, widths, constant_values=fill)

        values = fit(values, 0 if fill_value is None else fill_value, place)
        index, counts = fit(index, 0, 0), fit(counts, 0, 0)
    inverse = inverse.reshape(x.shape if axis is None else (-1,))
    found = [values]
    found += [each for each, due in ((index, return_index), (inverse, return_inverse), (counts, return_counts)) if due]
    return found[0] if len(found) == 1 else tuple(found)


_ALL: dict[str, Any] = {"return_index": True, "return_inverse": True, "return_counts": True}


@composite(
    infer=_unique_rule,
    reference=_unique,
    cases=[
        case([3, 1, 2, 1, 3], **_ALL),
        case([3, 1, 2, 1, 3]),
        case([[3.0, 1.0], [1.0, 3.0]], return_inverse=True, gradient=False),
        case([[1, 2], [1, 2], [0, 5]], axis=0, **_ALL),
        case([[1, 0, 1], [2, 5, 2]], axis=-1, return_counts=True),
        case([3, 1, 2, 1, 3], size=5, **_ALL),
        case([3, 1, 2, 1, 3], size=2, fill_value=9, **_ALL),
        case([3, 1, 3], size=4, fill_value=-1),
        case([[1, 2], [1, 2], [0, 5]], axis=0, size=3, fill_value=7, **_ALL),
        case([float("nan"), 1.0, float("nan")], return_counts=True, gradient=False),
        case([True, False, True], **_ALL),
        case(np.zeros((0,), "int32"), **_ALL),
        case(np.zeros((0,), "int32"), size=2, **_ALL),
        case([3, 1, 3], sorted=False, size=2),
        case([1, 2], axis=1, raises=ShapeError, match="axis 1"),
        case([1, 2], size=-1, raises=ArgumentError, match="from 0 on"),
    ],
    differentiable=False,
)
def unique(
    x: Tensor,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: int | float | None = None,
) -> Any:
    """The different entries of `x`, or its different slices along an axis.

    Args:
        x: A tensor of any shape and real dtype. Each nan differs from every other.
        sorted: Whether they are in rising order; they are in any case.
        return_index: Whether to return where each occurs first.
        return_inverse: Whether to return, for each entry of `x`, which of them it is.
        return_counts: Whether to return how often each occurs.
        axis: The axis whose slices are compared; by default `x` is flattened.
        size: How many to return: the first ones, filled up at the end. By default all, whose number depends on values:
            not in every compiled step.
        fill_value: What to fill up with, 0 by default; indices and counts are filled up with 0.

    Returns:
        The values, of the dtype of `x`; or a tuple of them and what else is asked for, int32: the indices, the inverse,
        of the shape of `x` or of one axis, and the counts.

    Raises:
        ShapeError: There is no such axis.
        ArgumentError: `size` is no integer from 0 on.

    ```python
    >>> values, counts = unique([3, 1, 3], return_counts=True)
    >>> values.tolist(), counts.tolist()
    ([1, 3], [1, 2])

    ```
    """
    wanted = _unique_size(size)
    place = 0 if axis is None else rules.canonical_axis(axis, len(x.shape))
    slices = ravel(x) if axis is None else moveaxis(x, place, 0)
    count = shape(slices)[0]
    order, new = _runs(slices, count)
    ranks = subtract(cumsum(cast(new, "int32")), 1)
    if wanted is None:
        (starts,) = where(new)
        valid = None
    else:
        # The first entry of each rank; behind the last one there is none.
        starts = searchsorted(ranks, arange(wanted))
        valid = less(starts, count)
    if valid is None:
        index = take(order, starts, 0)
        values = take(slices, index, 0)
    else:
        # One more, which the places beyond the last one stand for.
        index = take(concatenate([order, full((1,), count, dtype(order))]), starts, 0)
        behind = zeros((1, *shape(slices)[1:]), dtype(x))
        values = take(concatenate([slices, behind]), index, 0)
        filled = reshape(valid, (-1,) + (1,) * (len(slices.shape) - 1))
        values = where(filled, values, cast(0 if fill_value is None else fill_value, dtype(x)))
        index = where(valid, index, 0)
    found = [moveaxis(values, 0, place)]
    if return_index:
        found.append(cast(index, "int32"))
    if return_inverse:
        inverse = scatter_update(zeros((count,), "int32"), expand_dims(order, 1), ranks)
        found.append(reshape(inverse, tuple(shape(x))) if axis is None else inverse)
    if return_counts:
        ends = searchsorted(ranks, get_item(ranks, starts) if valid is None else arange(wanted), "right")
        total = subtract(ends, starts)
        found.append(cast(total, "int32"))
    return found[0] if len(found) == 1 else tuple(found)


def _runs(slices: Any, count: Any) -> tuple[Any, Any]:
    """In which order slices rise, the first of equals first, and which of them differ from the one before."""
    if len(slices.shape) == 1:
        order = argsort(slices)
        ordered = take(slices, order, 0)
        differs = not_equal(get_item(ordered, slice(1, None)), get_item(ordered, slice(None, -1)))
    else:
        rows = reshape(slices, (count, math.prod(shape(slices)[1:])))
        order = arange(count, dtype="int32")

        def by_column(carry: list[Any], column: list[Any]) -> tuple[list[Any], list[Any]]:
            return [take(carry[0], argsort(take(column[0], carry[0], 0)), 0)], []

        # Argsort is stable: by the last column first.
        (order,), _ = scan_flat(by_column, [order], [transpose(rows)], reverse=True)
        ordered = take(rows, order, 0)
        differs = any(not_equal(get_item(ordered, slice(1, None)), get_item(ordered, slice(None, -1))), 1)
    first = ones((minimum(count, 1) if not isinstance(count, int) else builtins.min(count, 1),), "bool")
    return order, concatenate([first, differs], 0)
