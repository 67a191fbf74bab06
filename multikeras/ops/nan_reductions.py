"""Reductions that pass over nan: what is not a number does not take part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Axis, Tensor
from multikeras.ops.comparison import equal, where
from multikeras.ops.conversion import dtype
from multikeras.ops.finiteness import isnan
from multikeras.ops.reduction import _position_rule, all, argmax, argmin, max, min, prod, sum
from multikeras.ops.rounding import maximum, minimum

_NAN = float("nan")
_INF = float("inf")

_AXES = [
    case([[1.0, _NAN, 3.0], [_NAN, 0.5, -2.0]], gradient=False),
    case([[1.0, _NAN, 3.0], [_NAN, 0.5, -2.0]], axis=0, gradient=False),
    case([[1.0, _NAN, 3.0], [_NAN, 0.5, -2.0]], axis=(0, -1), keepdims=True, gradient=False),
    case([[_NAN, _NAN], [_NAN, 1.0]], axis=1, gradient=False),
    case([_INF, _NAN, 2.0], gradient=False),
    case([-_INF, _NAN], gradient=False),
    case(draw(2, 3, 4), axis=-1, keepdims=True),
    case(draw(2, 3, 4), axis=(0, 1)),
    case(draw(2, 3)),
    case(draw()),
    case([True, False]),
    case([3, 1, 2]),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    case(draw(2, 3), axis=(1, -1), raises=ShapeError, match="named once"),
]
_EXTREMES = [
    *_AXES,
    case(draw(0, 3), axis=1),
    case(draw(0, 3), axis=0, raises=ShapeError, match="empty"),
]
_TOTALS = [*_AXES, case(draw(0, 3), axis=0), case(draw(2, dtype="complex64")), case([100, 2, 3])]


def _skipping(reduce: Callable, start: float) -> Callable:
    """The oracle of an extreme: the entries that are numbers, one slice at a time."""

    def run(x: Any, axis: Any = None, keepdims: bool = False) -> np.ndarray:
        if x.dtype.kind != "f":
            return reduce(x, axis=axis, keepdims=keepdims)
        known = reduce(np.where(np.isnan(x), start, x), axis=axis, keepdims=keepdims)
        return np.where(np.isnan(x).all(axis=axis, keepdims=keepdims), np.nan, known)

    return run


def has_nan(x: Any) -> bool:
    """Whether a tensor's dtype has nan."""
    name = dtype(x)
    return name in lattice.FLOATS or name in lattice.COMPLEX


def without_nan(x: Any, instead: Any) -> Any:
    """`x` with a number in the place of every nan."""
    return where(isnan(x), instead, x) if has_nan(x) else x


def _extreme(reduce: Callable, start: float, x: Any, axis: Any, keepdims: bool) -> Any:
    """An extreme of the entries that are numbers, `start` being in the place of the others; nan where there is none."""
    if not has_nan(x):
        return reduce(x, axis, keepdims)
    missing = isnan(x)
    return where(all(missing, axis, keepdims), _NAN, reduce(where(missing, start, x), axis, keepdims))


@composite(infer=rules.reduce(nonempty=True), reference=_skipping(np.max, -np.inf), cases=_EXTREMES, real=True)
def nanmax(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Largest entry over axes that is a number.

    Args:
        x: A tensor of any shape and real dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A tensor of the dtype of `x`; nan where there is no number.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.

    ```python
    >>> nanmax([[1.0, float("nan")], [3.0, 4.0]], axis=1).tolist()
    [1.0, 4.0]

    ```
    """
    return _extreme(max, -_INF, x, axis, keepdims)


@composite(infer=rules.reduce(nonempty=True), reference=_skipping(np.min, np.inf), cases=_EXTREMES, real=True)
def nanmin(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Smallest entry over axes that is a number.

    Args:
        x: A tensor of any shape and real dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A tensor of the dtype of `x`; nan where there is no number.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.

    ```python
    >>> nanmin([[1.0, float("nan")], [3.0, 4.0]], axis=1).tolist()
    [1.0, 3.0]

    ```
    """
    return _extreme(min, _INF, x, axis, keepdims)


@composite(infer=rules.reduce(rules.accumulated), reference=np.nansum, cases=_TOTALS)
def nansum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Sum over axes of the entries that are numbers.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A tensor of the dtype that `sum` has; 0 where there is no number.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> nansum([[1.0, float("nan")], [3.0, 4.0]], axis=1).tolist()
    [1.0, 7.0]

    ```
    """
    return sum(without_nan(x, 0), axis, keepdims)


@composite(infer=rules.reduce(rules.accumulated), reference=np.nanprod, cases=_TOTALS)
def nanprod(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Product over axes of the entries that are numbers.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A tensor of the dtype that `prod` has; 1 where there is no number.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> nanprod([[2.0, float("nan")], [3.0, 4.0]], axis=1).tolist()
    [2.0, 12.0]

    ```
    """
    return prod(without_nan(x, 1), axis, keepdims)


def _first_place(better: Callable) -> Callable:
    """The oracle of a position: entry after entry, -1 where none is a number."""

    def one(row: np.ndarray) -> int:
        place = -1
        for i, entry in enumerate(row):
            if not np.isnan(entry) and (place < 0 or better(entry, row[place])):
                place = i
        return place

    def run(x: Any, axis: Any = None, keepdims: bool = False) -> np.ndarray:
        x = x.astype(np.float64)
        if axis is None:
            return np.asarray(one(x.ravel())).reshape((1,) * x.ndim if keepdims else ())
        found = np.asarray(np.apply_along_axis(one, axis, x) if x.size else np.argmax(x, axis))
        return np.expand_dims(found, axis) if keepdims else found

    return run


_PLACES = [
    case([[1.0, _NAN, 3.0], [_NAN, -2.0, -2.0]], axis=1),
    case([[1.0, _NAN, 3.0], [_NAN, -2.0, -2.0]], axis=0, keepdims=True),
    case([[_NAN, _NAN], [_NAN, 1.0]], axis=-1),
    case([_NAN, -_INF]),
    case([_NAN, _INF, _INF]),
    case([-0.0, 0.0]),
    case(draw(2, 3)),
    case(draw(2, 3), keepdims=True),
    case(draw(4, 1, 3), axis=-1, keepdims=True),
    case(draw(0, 3), axis=1),
    case(draw()),
    case([3, 1, 3]),
    case([False, True]),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    case(draw(0, 3), axis=0, raises=ShapeError, match="empty"),
    case(draw(2, 3), axis=(0, 1), raises=ArgumentError, match="integer"),
]


def _place(place: Callable, extreme: Callable, x: Any, axis: int | None, keepdims: bool) -> Any:
    """Where the first entry is that equals the extreme one; -1 where that is nan."""
    if not has_nan(x):
        return place(x, axis, keepdims)
    first = argmax(equal(x, extreme(x, axis, True)), axis, keepdims)
    return where(all(isnan(x), axis, keepdims), -1, first)


@composite(
    infer=_position_rule, reference=_first_place(lambda a, b: a > b), cases=_PLACES, differentiable=False, real=True
)
def nanargmax(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Position along an axis of the largest entry that is a number, the first of equal ones.

    Args:
        x: A tensor of any shape and real dtype.
        axis: The axis; by default positions are those in the flattened `x`.
        keepdims: Whether the axis stays, with size 1.

    Returns:
        An int32 tensor; -1 where there is no number.

    Raises:
        ShapeError: There is no such axis, or it has no entries.
        ArgumentError: `axis` is no integer.

    ```python
    >>> int(nanargmax([1.0, float("nan"), 3.0])), int(nanargmax([float("nan")]))
    (2, -1)

    ```
    """
    return _place(argmax, nanmax, x, axis, keepdims)


@composite(
    infer=_position_rule, reference=_first_place(lambda a, b: a < b), cases=_PLACES, differentiable=False, real=True
)
def nanargmin(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Position along an axis of the smallest entry that is a number, the first of equal ones.

    Args:
        x: A tensor of any shape and real dtype.
        axis: The axis; by default positions are those in the flattened `x`.
        keepdims: Whether the axis stays, with size 1.

    Returns:
        An int32 tensor; -1 where there is no number.

    Raises:
        ShapeError: There is no such axis, or it has no entries.
        ArgumentError: `axis` is no integer.

    ```python
    >>> int(nanargmin([5.0, float("nan"), 3.0])), int(nanargmin([float("nan")]))
    (2, -1)

    ```
    """
    return _place(argmin, nanmin, x, axis, keepdims)


_PAIRS = [
    case(draw(2, 3), draw(2, 3, salt=1)),
    case(draw(2, 1), draw(3)),
    case([1.0, _NAN, _NAN, _INF], [_NAN, 2.0, _NAN, 1.0], gradient=False),
    case(SPECIAL, 0.5, gradient=False),
    case(draw(), 1.0, gradient=False),
    case(draw(0, 2), draw(2)),
    case([True, False], [True, True]),
    case(draw(2, dtype="int8"), draw(2, dtype="int32")),
    case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
]


@composite(infer=rules.broadcast(), reference=np.fmax, cases=_PAIRS, real=True)
def fmax(x1: Tensor, x2: Tensor) -> Tensor:
    """The larger of two, entry by entry; of a number and nan the number.

    Args:
        x1: A tensor of any real dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype; nan where both are.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> fmax([1.0, float("nan")], [0.5, 2.0]).tolist()
    [1.0, 2.0]

    ```
    """
    return maximum(*_numbers_first(x1, x2)) if has_nan(x1) else maximum(x1, x2)


@composite(infer=rules.broadcast(), reference=np.fmin, cases=_PAIRS, real=True)
def fmin(x1: Tensor, x2: Tensor) -> Tensor:
    """The smaller of two, entry by entry; of a number and nan the number.

    Args:
        x1: A tensor of any real dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype; nan where both are.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> fmin([1.0, float("nan")], [0.5, 2.0]).tolist()
    [0.5, 2.0]

    ```
    """
    return minimum(*_numbers_first(x1, x2)) if has_nan(x1) else minimum(x1, x2)


def _numbers_first(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Two tensors, each with the other's entries where its own are nan."""
    return where(isnan(x1), x2, x1), where(isnan(x2), x1, x2)
