"""What becomes of indices that point at no entry: the ops that read and write by index, with a choice.

The default mode goes straight to the primitive; the others are ops of their own, written with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from multikeras.ops import indexing, scattering
from multikeras.ops._op import composite
from multikeras.ops._rules import canonical_axis, rule, size_of
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import read_shape
from multikeras.ops._types import Tensor
from multikeras.ops.comparison import equal, greater_equal, less, where
from multikeras.ops.conversion import cast, convert_to_tensor, dtype, shape
from multikeras.ops.creation import ones_like
from multikeras.ops.cumulative import cumsum
from multikeras.ops.logic import all, logical_and
from multikeras.ops.rounding import clip, minimum
from multikeras.ops.shaping import expand_dims, ravel, reshape
from multikeras.ops.tiling import pad

_LARGEST = 2**31 - 1


def _check_mode(mode: Any) -> None:
    if mode not in ("raise", "clip", "fill"):
        raise ArgumentError("mode is one of raise, clip, fill.", received=repr(mode), hint="mode='clip'")


def take(x: Tensor, indices: Tensor, axis: int | None = None, mode: str = "raise") -> Tensor:
    """The entries of `x` at some places along an axis.

    Args:
        x: A tensor of any shape and dtype.
        indices: The places, of an integer dtype and any shape; negative ones count from the end.
        axis: The axis; by default the places are those of the raveled tensor.
        mode: What an index that points at no entry stands for: an error (`"raise"`), the nearest entry (`"clip"`), or
            nan, which is 0 among integers and `False` among bools (`"fill"`).

    Returns:
        A tensor of the dtype of `x`, the axis replaced by those of `indices`.

    Raises:
        ArgumentError: There is no such mode.
        DTypeError: `indices` has no integer dtype.
        IndexRangeError: Under `"raise"` an index points at no entry. Inside compiled steps, where indices have no
            values yet, that is as `"fill"`.
        ShapeError: There is no such axis.

    ```python
    >>> take([[1, 2], [3, 4]], [1, 1, 0], axis=0).tolist()
    [[3, 4], [3, 4], [1, 2]]
    >>> take([1.0, 2.0], [-9, 9], mode="clip").tolist(), take([1.0, 2.0], [0, 9], mode="fill").tolist()
    ([1.0, 2.0], [1.0, nan])

    ```
    """
    if mode == "raise":
        return indexing.take(x, indices, axis)
    return take_by_mode(x, indices, axis, mode)


def take_along_axis(x: Tensor, indices: Tensor, axis: int | None = None, mode: str = "raise") -> Tensor:
    """The entries of `x` at places along an axis that differ from row to row: `x[i, indices[i, j]]`.

    Args:
        x: A tensor of any dtype.
        indices: The places, of an integer dtype and as many axes as `x`; negative ones count from the end. Its other
            axes broadcast with those of `x`.
        axis: The axis; by default the places are those of the raveled tensor.
        mode: What an index that points at no entry stands for: see `take`.

    Returns:
        A tensor of the dtype of `x`; its size along the axis is that of `indices`.

    Raises:
        ArgumentError: There is no such mode.
        DTypeError: `indices` has no integer dtype.
        IndexRangeError: Under `"raise"` an index points at no entry. Inside compiled steps, where indices have no
            values yet, that is as `"fill"`.
        ShapeError: There is no such axis, or the shapes do not fit.

    ```python
    >>> take_along_axis([[1, 2], [3, 4]], [[1], [0]], axis=1).tolist()
    [[2], [3]]
    >>> take_along_axis([[1, 2], [3, 4]], [[5], [0]], axis=1, mode="fill").tolist()
    [[0], [3]]

    ```
    """
    if mode == "raise":
        return indexing.take_along_axis(x, indices, axis)
    return take_along_axis_by_mode(x, indices, axis, mode)


def scatter(indices: Tensor, values: Tensor, shape: Sequence[int], mode: str = "raise") -> Tensor:
    """A tensor of zeros to which entries are added at some places.

    Args:
        indices: The places, of an integer dtype and shape `(..., k)`: the last axis indexes the first `k` axes of the
            result, negative indices from the end. Entries of places that occur several times add up.
        values: The entries, which broadcast to shape `(..., *shape[k:])`.
        shape: The result's shape.
        mode: What becomes of an entry whose index points nowhere: an error (`"raise"`), it goes to the nearest place
            (`"clip"`), or is left out (`"fill"`).

    Returns:
        A tensor of that shape and the dtype of `values`.

    Raises:
        ArgumentError: There is no such mode.
        DTypeError: `indices` has no integer dtype.
        IndexRangeError: Under `"raise"` an index points at no entry. Inside compiled steps, where indices have no
            values yet, that is as `"fill"`.
        ShapeError: The shapes do not fit.

    ```python
    >>> scatter([[0], [2], [2]], [1, 2, 3], (4,)).tolist()
    [1, 0, 5, 0]
    >>> scatter([[0], [9]], [1, 2], (3,), mode="clip").tolist()
    [1, 0, 2]

    ```
    """
    if mode == "raise":
        return scattering.scatter(indices, values, shape)
    return scatter_by_mode(indices, values, shape, mode)


def scatter_update(
    inputs: Tensor, indices: Tensor, updates: Tensor, reduction: str | None = None, mode: str = "raise"
) -> Tensor:
    """A tensor with other entries at some places.

    Args:
        inputs: A tensor of any dtype.
        indices: The places, of an integer dtype and shape `(..., k)`: the last axis indexes the first `k` axes of
            `inputs`, negative indices from the end.
        updates: The entries, which broadcast to shape `(..., *inputs.shape[k:])` and are cast to the dtype of `inputs`.
        reduction: How an entry meets the one that is there: `None` replaces it, `"add"`, `"mul"`, `"max"` and `"min"`
            combine both. With `None`, of several entries for one place any may win.
        mode: What becomes of an entry whose index points nowhere: see `scatter`.

    Returns:
        A tensor like `inputs`, which is left as it is.

    Raises:
        ArgumentError: There is no such reduction or mode.
        DTypeError: `indices` has no integer dtype.
        IndexRangeError: Under `"raise"` an index points at no entry. Inside compiled steps, where indices have no
            values yet, that is as `"fill"`.
        ShapeError: The shapes do not fit.

    ```python
    >>> scatter_update([1, 2, 3], [[0], [2]], [7, 8]).tolist()
    [7, 2, 8]
    >>> scatter_update([1, 2, 3], [[0], [9]], [7, 8], mode="fill").tolist()
    [7, 2, 3]

    ```
    """
    if mode == "raise":
        return scattering.scatter_update(inputs, indices, updates, reduction)
    return scatter_update_by_mode(inputs, indices, updates, reduction, mode)


# -- Ops ------------------------------------------------------------------------------------------------------


def _check_entries(x: Spec, indices: Spec, axis: int | None, mode: str) -> None:
    size = size_of(x.shape) if axis is None else x.shape[canonical_axis(axis, len(x.shape))]
    _check_nearest(size, indices.shape, mode)


def _check_nearest(size: Any, indices: Any, mode: str) -> None:
    if mode == "clip" and isinstance(size, int) and size == 0 and 0 not in indices:
        raise IndexRangeError(
            "In an axis without entries none is the nearest.",
            received=f"mode='clip', indices of shape {tuple(indices)}",
            hint="mode='fill'",
        )


@rule()
def _take_rule(x: Spec, indices: Spec, axis: int | None, mode: str) -> Spec:
    _check_mode(mode)
    result = indexing.take.op.infer(x, indices, axis)  # type: ignore[attr-defined]
    _check_entries(x, indices, axis, mode)
    return result


@rule()
def _take_along_axis_rule(x: Spec, indices: Spec, axis: int | None, mode: str) -> Spec:
    _check_mode(mode)
    result = indexing.take_along_axis.op.infer(x, indices, axis)  # type: ignore[attr-defined]
    _check_entries(x, indices, axis, mode)
    return result


@rule()
def _scatter_rule(indices: Spec, values: Spec, shape: Any, mode: str) -> Spec:
    _check_mode(mode)
    return scattering.scatter.op.infer(indices, values, shape)  # type: ignore[attr-defined]


@rule()
def _scatter_update_rule(inputs: Spec, indices: Spec, updates: Spec, reduction: str | None, mode: str) -> Spec:
    _check_mode(mode)
    return scattering.scatter_update.op.infer(inputs, indices, updates, reduction)  # type: ignore[attr-defined]


def _place(i: int, size: int, mode: str) -> int | None:
    """The entry that an index stands for, `None` for none: the oracle's rule."""
    i = i + size if i < 0 else i
    return min(max(i, 0), size - 1) if mode == "clip" else i if 0 <= i < size else None


def _taken(x: np.ndarray, indices: Any, axis: int | None, mode: str) -> np.ndarray:
    """One index after the other."""
    indices = np.asarray(indices)
    x, axis = (x.ravel(), 0) if axis is None else (x, axis % x.ndim)
    rows = np.moveaxis(x, axis, 0)
    missing = np.full(rows.shape[1:], _missing(x.dtype.name), x.dtype)
    places = [_place(int(i), x.shape[axis], mode) for i in indices.ravel()]
    found = np.array([missing if p is None else rows[p] for p in places], x.dtype)
    found = found.reshape(indices.shape + rows.shape[1:])
    return np.moveaxis(found, tuple(range(indices.ndim)), tuple(range(axis, axis + indices.ndim)))


def _taken_along(x: np.ndarray, indices: Any, axis: int | None, mode: str) -> np.ndarray:
    indices = np.asarray(indices)
    x, axis = (x.ravel(), 0) if axis is None else (x, axis % x.ndim)
    rows, places = np.moveaxis(x, axis, -1), np.moveaxis(indices, axis, -1)
    outer = np.broadcast_shapes(rows.shape[:-1], places.shape[:-1])
    rows = np.broadcast_to(rows, (*outer, rows.shape[-1]))
    places = np.broadcast_to(places, (*outer, places.shape[-1]))
    found = np.empty(places.shape, x.dtype)
    for i in np.ndindex(outer):
        found[i] = _taken(rows[i], places[i], 0, mode)
    return np.moveaxis(found, -1, axis)


def _written(result: np.ndarray, indices: Any, updates: Any, reduction: str | None, mode: str) -> np.ndarray:
    indices = np.asarray(indices)
    entries = np.broadcast_to(updates, indices.shape[:-1] + result.shape[indices.shape[-1] :])
    for i in np.ndindex(indices.shape[:-1]):
        place = tuple(_place(int(j), size, mode) for j, size in zip(indices[i], result.shape, strict=False))
        if None not in place:
            result[place] = entries[i] if reduction is None else result[place] + entries[i]
    return result


_SPREAD = [[0, -1, 9], [-9, 2, 3]]


@composite(
    infer=_take_rule,
    reference=_taken,
    differentiable=("x",),
    cases=[
        *(case(draw(4, 3), _SPREAD, 0, mode, gradient=mode == "clip") for mode in ("clip", "fill")),
        *(case(draw(4, 3), _SPREAD, -1, mode, gradient=mode == "clip") for mode in ("clip", "fill")),
        *(case(draw(4, 3), [11, 12, -13], None, mode, gradient=mode == "clip") for mode in ("clip", "fill")),
        case(draw(4, dtype="bool"), [1, 7], 0, "fill"),
        case(draw(4, dtype="int32"), [1, 7], 0, "fill"),
        case(draw(4, dtype="complex64"), [1, 7], 0, "fill"),
        *(case(draw(300), np.array([1, 100, 127], d), 0, "clip") for d in ("int8", "uint8", "uint32", "int64")),
        case(draw(3), np.array([2**32 - 1, 1], "uint32"), 0, "clip"),
        case(draw(0, 2), [0, -1], 0, "fill"),
        case(draw(4), np.zeros((0,), "int32"), 0, "fill"),
        case(draw(4), 9, 0, "clip"),
        case(draw(0, 2), [0], 0, "clip", raises=IndexRangeError, match="none is the nearest"),
        case(draw(4), [0], 0, "wrap", raises=ArgumentError, match="mode is one of"),
        case(draw(4), [0.5], 0, "clip", raises=DTypeError, match="integer dtype"),
        case(draw(4), [0], 1, "clip", raises=ShapeError, match="axis 1"),
    ],
)
def take_by_mode(x: Tensor, indices: Tensor, axis: int | None, mode: str) -> Tensor:
    """`take` for the modes "clip" and "fill".

    ```python
    >>> take_by_mode([1.0, 2.0], [0, 9], 0, "clip").tolist()
    [1.0, 2.0]

    ```
    """
    _check_mode(mode)
    x, axis = (ravel(x), 0) if axis is None else (x, canonical_axis(axis, len(x.shape)))
    behind = len(x.shape) - 1 - axis
    return _read(indexing.take, x, _signed(indices), axis, mode, lambda inside: _with_axes(inside, behind))


@composite(
    infer=_take_along_axis_rule,
    reference=_taken_along,
    differentiable=("x",),
    cases=[
        *(case(draw(2, 3), [[0, 5], [-1, -4]], 1, mode, gradient=mode == "clip") for mode in ("clip", "fill")),
        *(case(draw(2, 3), [[0, 5, 1]], -2, mode, gradient=mode == "clip") for mode in ("clip", "fill")),
        case(draw(1, 3), [[0], [5]], 1, "fill", gradient=False),
        case(draw(2, 3), [5, 6, -7], None, "fill", gradient=False),
        case(draw(2, 3), [[0]], 1, "wrap", raises=ArgumentError, match="mode is one of"),
        case(draw(2, 3), [0], 1, "clip", raises=ShapeError, match="as many axes"),
    ],
)
def take_along_axis_by_mode(x: Tensor, indices: Tensor, axis: int | None, mode: str) -> Tensor:
    """`take_along_axis` for the modes "clip" and "fill".

    ```python
    >>> take_along_axis_by_mode([[1, 2], [3, 4]], [[5], [0]], 1, "fill").tolist()
    [[0], [3]]

    ```
    """
    _check_mode(mode)
    x, axis = (ravel(x), 0) if axis is None else (x, canonical_axis(axis, len(x.shape)))
    if len(indices.shape) != len(x.shape):
        raise ShapeError("too few axes", received="")
    return _read(indexing.take_along_axis, x, _signed(indices), axis, mode, lambda inside: inside)


_PAIRS = [[0, 0], [1, 7], [-5, 1], [3, -1]]
_ROWS = [[0], [9], [-9], [-1]]


@composite(
    infer=_scatter_rule,
    reference=lambda indices, values, shape, mode: _written(
        np.zeros(shape, values.dtype), indices, values, "add", mode
    ),
    differentiable=("values",),
    cases=[
        *(case(_PAIRS, draw(4), (4, 3), mode) for mode in ("clip", "fill")),
        *(case(_ROWS, draw(4, 3), (4, 3), mode) for mode in ("clip", "fill")),
        case([[0], [0]], draw(2), (1,), "fill"),
        case([[0]], draw(1), (3,), "wrap", raises=ArgumentError, match="mode is one of"),
        case([[0, 0]], draw(1), (3,), "clip", raises=ShapeError, match="at most one entry"),
        case([[0]], draw(1), (-1,), "fill", raises=ShapeError, match="from 0 on"),
    ],
)
def scatter_by_mode(indices: Tensor, values: Tensor, shape: Sequence[int], mode: str) -> Tensor:
    """`scatter` for the modes "clip" and "fill".

    ```python
    >>> scatter_by_mode([[0], [9]], [1, 2], (3,), "fill").tolist()
    [1, 0, 0]

    ```
    """
    _check_mode(mode)
    sizes = tuple(shape)
    _check_depth(indices, sizes)
    places, limits = _columns(_signed(indices), sizes)
    if mode == "clip" or not sizes:
        return scattering.scatter(clip(places, 0, limits - 1), values, sizes)
    # One more than a size below 0 might be one.
    read_shape(shape)
    return scattering.scatter(_behind_where_outside(places, limits), values, (sizes[0] + 1, *sizes[1:]))[:-1]


@composite(
    infer=_scatter_update_rule,
    reference=lambda inputs, indices, updates, reduction, mode: _written(
        np.array(inputs), indices, updates, reduction, mode
    ),
    differentiable=("inputs", "updates"),
    cases=[
        *(case(draw(4, 3), _PAIRS, draw(4, salt=1), "add", mode) for mode in ("clip", "fill")),
        *(case(draw(4, 3), _ROWS, draw(4, 3, salt=1), "add", mode) for mode in ("clip", "fill")),
        case(draw(4, 3), _PAIRS, draw(4, salt=1), None, "fill"),
        case(draw(4), [[0], [9]], draw(2, salt=1), None, "clip"),
        case(draw(4, dtype="bool"), [[0], [9]], draw(2, dtype="bool"), None, "fill"),
        case(draw(), [[0]], draw(1), None, "fill", raises=ShapeError, match="at most one entry"),
        case(draw(3), [[0]], draw(1), None, "wrap", raises=ArgumentError, match="mode is one of"),
        case(draw(3), [[0]], draw(1), "mean", "clip", raises=ArgumentError, match="reduction is None"),
    ],
)
def scatter_update_by_mode(
    inputs: Tensor, indices: Tensor, updates: Tensor, reduction: str | None, mode: str
) -> Tensor:
    """`scatter_update` for the modes "clip" and "fill".

    ```python
    >>> scatter_update_by_mode([1, 2, 3], [[0], [9]], [7, 8], None, "clip").tolist()
    [7, 2, 8]

    ```
    """
    _check_mode(mode)
    sizes = tuple(shape(inputs))
    _check_depth(indices, sizes)
    places, limits = _columns(_signed(indices), sizes)
    if mode == "clip" or not sizes:
        return scattering.scatter_update(inputs, clip(places, 0, limits - 1), updates, reduction)
    wider = pad(inputs, [(0, 1), *[(0, 0)] * (len(sizes) - 1)])
    return scattering.scatter_update(wider, _behind_where_outside(places, limits), updates, reduction)[:-1]


# -- Places ---------------------------------------------------------------------------------------------------


def _signed(indices: Any) -> Any:
    """Indices of a dtype that holds sizes, and numbers below 0."""
    name = dtype(indices)
    if name in ("int64", "int32"):
        return indices
    if not lattice.is_integer(name):
        # The op's rule says it with the indices' name.
        raise DTypeError("Indices are of an integer dtype.", received=f"indices of {name}")
    return cast(minimum(indices, _LARGEST) if name in ("uint32", "uint64") else indices, "int32")


def _read(read: Callable, x: Any, indices: Any, axis: int, mode: str, mask_of: Callable) -> Any:
    size = shape(x)[axis]
    if not isinstance(size, int):
        size = cast(size, dtype(indices))
    _check_nearest(size, tuple(indices.shape), mode)
    places = where(less(indices, 0), indices + size, indices)
    if mode == "clip":
        return read(x, clip(places, 0, size - 1), axis)
    missing = _missing(dtype(x))
    if not isinstance(size, int) or size == 0:
        # There may be no entry to be read in the place of those that are not.
        x = pad(x, [(0, int(i == axis)) for i in range(len(x.shape))])
    inside = logical_and(greater_equal(places, 0), less(places, size))
    return where(mask_of(inside), read(x, where(inside, places, 0), axis), missing)


def _missing(name: str) -> Any:
    if lattice.is_float(name) or name in lattice.COMPLEX:
        return math.nan
    return False if name == "bool" else 0


def _with_axes(mask: Any, count: int) -> Any:
    for _ in range(count):
        mask = expand_dims(mask, -1)
    return mask


def _check_depth(indices: Any, sizes: Sequence[Any]) -> None:
    depth = indices.shape[-1] if indices.shape else None
    if depth is not None and depth > len(sizes):
        raise ShapeError("too many indices", received="")


def _columns(indices: Any, sizes: Sequence[Any]) -> tuple[Any, Any]:
    """Indices of several axes, counted from the front, and the axes' sizes."""
    limits = cast(reshape(convert_to_tensor(list(sizes), "int32"), (len(sizes),)), dtype(indices))
    limits = limits[: shape(indices)[-1]]
    return where(less(indices, 0), indices + limits, indices), limits


def _behind_where_outside(places: Any, limits: Any) -> Any:
    """Places, those outside replaced by one in the row behind the last."""
    inside = all(logical_and(greater_equal(places, 0), less(places, limits)), -1, True)
    first = equal(cumsum(ones_like(limits)), 1)
    return where(inside, places, where(first, limits, 0))


take.op = indexing.take.op  # type: ignore[attr-defined]
take_along_axis.op = indexing.take_along_axis.op  # type: ignore[attr-defined]
scatter.op = scattering.scatter.op  # type: ignore[attr-defined]
scatter_update.op = scattering.scatter_update.op  # type: ignore[attr-defined]
