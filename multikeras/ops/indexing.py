"""Entries picked by index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._indices import explain_axis, explain_key, require_indices, selected_shape
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import read_shape
from multikeras.ops._types import Tensor


@rules.rule()
def _get_item_rule(x: Spec, key: Any) -> Spec:
    return Spec(selected_shape(x.shape, key), rules.same(x.dtype))


_MASK = np.array([[True, False, True], [False, True, False]])


@primitive(
    infer=_get_item_rule,
    reference=lambda x, key: x[key],
    explain=explain_key,
    cases=[
        case(draw(3, 4), 1),
        case(draw(3, 4), -1),
        case(draw(3, 4), (1, 2)),
        case(draw(3), 0),
        case(draw(3, 4), slice(None)),
        case(draw(5, 4), slice(1, 4, 2)),
        case(draw(5, 4), (slice(None), slice(None, None, -1))),
        case(draw(5), slice(-2, None)),
        case(draw(5), slice(3, 1)),
        case(draw(5), slice(4, 0, -2)),
        case(draw(5), slice(2, 99)),
        case(draw(3, 4), None),
        case(draw(3, 4), (slice(None), None, 1)),
        case(draw(2, 3, 4), ...),
        case(draw(2, 3, 4), (..., 0)),
        case(draw(2, 3, 4), (0, ..., slice(1))),
        case(draw(2, 3, 4), (1, ..., None, 2)),
        case(draw(), ...),
        case(draw(), None),
        case(draw(0, 2), slice(None)),
        case(draw(3, 4), np.array([2, 0, 2])),
        case(draw(3, 4), [1, -1]),
        case(draw(3, 4), np.array([[0, 1], [2, 2]])),
        case(draw(3, 4), (np.array([0, 2]), np.array([1, 3]))),
        case(draw(3, 4), (np.array([[0], [2]]), np.array([1, 3]))),
        case(draw(2, 3, 4), (slice(None), np.array([0, 2]))),
        case(draw(2, 3, 4), (0, slice(None), np.array([0, 2]))),
        case(draw(2, 3, 4), (np.array([0, 1]), slice(None), np.array([0, 2]))),
        case(draw(2, 3, 4), (np.array([0, 1]), None, 1)),
        case(draw(2, 3, 4), (..., np.array([0, 2]), slice(1, 3))),
        case(draw(2, 3), _MASK),
        case(draw(2, 3, 2), _MASK),
        case(draw(3, 2), np.array([True, False, True])),
        case(draw(3, 4), 3, raises=IndexRangeError, match="from -3 to 2"),
        case(draw(3, 4), (0, -5), raises=IndexRangeError, match="index -5, axis 1"),
        case(draw(3, 4), np.array([0, 3]), raises=IndexRangeError, match="index 3, axis 0"),
        case(draw(3, 4), (0, 0, 0), raises=ShapeError, match="as many indices as axes"),
        case(draw(3, 4), (..., ...), raises=ArgumentError, match="at most one"),
        case(draw(3, 4), slice(0, 2, 0), raises=ArgumentError, match="step of a slice"),
        case(draw(3, 4), "a", raises=ArgumentError, match="A key is made of"),
        case(draw(3, 4), 1.0, raises=ArgumentError, match="A key is made of"),
        case(draw(3, 4), np.array([True, False]), raises=ShapeError, match="mask has the sizes"),
        case(draw(3, 4), (np.array([0, 1]), np.array([0, 1, 2])), raises=ShapeError, match="broadcast"),
    ],
)
def get_item(x: Tensor, key: Any) -> Tensor:
    """What `x[key]` is: the entries that a key selects, by NumPy's rules.

    Args:
        x: A tensor of any shape and dtype.
        key: An integer, a slice, `...`, `None` (a new axis of size 1), a tensor of integers or of bools (a mask), or a
            tuple of them. Negative integers count from the end. Tensors of integers broadcast with each other; their
            common shape takes the place of the axes that they index, or the front where a slice stands between them.

    Returns:
        A tensor of the dtype of `x`. A mask makes an axis whose size depends on values: not inside compiled steps.

    Raises:
        ArgumentError: The key is not made of these.
        IndexRangeError: An index points at no entry. Inside compiled steps, where indices have no values yet, entries
            that are out of range are nan in floats, else 0.
        ShapeError: There are more entries than axes, or tensors in the key do not fit.

    ```python
    >>> x = np.arange(6).reshape(2, 3)
    >>> get_item(x, (slice(None), -1)).tolist(), get_item(x, [1, 0]).tolist()
    ([2, 5], [[3, 4, 5], [0, 1, 2]])

    ```
    """


def _taken_shape(shape: Shape, indices: Shape, axis: int | None) -> Shape:
    if axis is None:
        return indices
    position = rules.canonical_axis(axis, len(shape))
    return (*shape[:position], *indices, *shape[position + 1 :])


@rules.rule()
def _take_rule(x: Spec, indices: Spec, axis: int | None = None) -> Spec:
    require_indices("indices", indices, "take")
    return Spec(_taken_shape(x.shape, indices.shape, axis), rules.same(x.dtype))


@primitive(
    infer=_take_rule,
    reference=np.take,
    explain=explain_axis,
    differentiable=("x",),
    cases=[
        case(draw(4, 3), [2, 0], axis=0),
        case(draw(4, 3), [[2, 0], [-1, -4]], axis=0),
        case(draw(4, 3), [2, 0], axis=1),
        case(draw(4, 3), 1, axis=-1),
        case(draw(4, 3), [11, 0, 5]),
        case(draw(2, 3, 4), np.array([[1], [0]], "int64"), axis=1),
        case(draw(4), np.array([3, 1], "uint8"), axis=0),
        case(draw(4), np.array([3, 1], "uint32"), axis=0),
        case(draw(4, 3), np.zeros((0,), "int32"), axis=0),
        case(draw(4, dtype="bool"), [1, 1], axis=0),
        case(draw(4, 3), [4], axis=0, raises=IndexRangeError, match="from -4 to 3"),
        case(draw(4, 3), [-5], axis=0, raises=IndexRangeError, match="index -5"),
        case(draw(4, 3), [0], axis=2, raises=ShapeError, match="axis 2"),
        case(draw(4, 3), [0.5], axis=0, raises=DTypeError, match="integer dtype"),
    ],
)
def take(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """The entries of `x` at some places along an axis.

    Args:
        x: A tensor of any shape and dtype.
        indices: The places, of an integer dtype and any shape; negative ones count from the end.
        axis: The axis; by default the places are those of the raveled tensor.

    Returns:
        A tensor of the dtype of `x`, the axis replaced by those of `indices`.

    Raises:
        DTypeError: `indices` has no integer dtype.
        IndexRangeError: An index points at no entry. Inside compiled steps, where indices have no values yet, such
            entries are nan in floats, else 0.
        ShapeError: There is no such axis.

    ```python
    >>> take([[1, 2], [3, 4]], [1, 1, 0], axis=0).tolist()
    [[3, 4], [3, 4], [1, 2]]

    ```
    """


@rules.rule()
def _take_along_axis_rule(x: Spec, indices: Spec, axis: int | None = None) -> Spec:
    require_indices("indices", indices, "take_along_axis")
    shape = (rules.size_of(x.shape),) if axis is None else x.shape
    if len(shape) != len(indices.shape):
        raise ShapeError(
            "`indices` has as many axes as `x`, one where `axis` is None.", received=f"{x} and indices={indices}"
        )
    position = rules.canonical_axis(0 if axis is None else axis, len(shape))
    sizes = [*rules.broadcast_shapes(_without(shape, position), _without(indices.shape, position))]
    sizes.insert(position, indices.shape[position])
    return Spec(tuple(sizes), rules.same(x.dtype))


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


@primitive(
    infer=_take_along_axis_rule,
    reference=lambda x, indices, axis=None: np.take_along_axis(x, np.asarray(indices), axis),
    explain=explain_axis,
    differentiable=("x",),
    cases=[
        case(draw(2, 3), [[2, 0], [1, -1]], axis=1),
        case(draw(2, 3), [[1, 0, 1]], axis=0),
        case(draw(2, 3), [[2], [0]], axis=-1),
        case(draw(2, 3, 2), np.zeros((2, 1, 2), "int64"), axis=1),
        case(draw(2, 3), [5, 0]),
        case(draw(1, 3), [[0], [2]], axis=1),
        case(draw(2, 3), np.zeros((2, 0), "int32"), axis=1),
        case(draw(2, 3, dtype="bool"), [[2], [0]], axis=1),
        case(draw(2, 3), [[3], [0]], axis=1, raises=IndexRangeError, match="from -3 to 2"),
        case(draw(2, 3), [0], axis=1, raises=ShapeError, match="as many axes"),
        case(draw(2, 3), [[0]], axis=2, raises=ShapeError, match="axis 2"),
        case(draw(2, 3), [[0.0]], axis=1, raises=DTypeError, match="integer dtype"),
    ],
)
def take_along_axis(x: Tensor, indices: Tensor, axis: int | None = None) -> Tensor:
    """The entries of `x` at places along an axis that differ from row to row: `x[i, indices[i, j]]`.

    Args:
        x: A tensor of any dtype.
        indices: The places, of an integer dtype and as many axes as `x`; negative ones count from the end. Its other
            axes broadcast with those of `x`.
        axis: The axis; by default the places are those of the raveled tensor.

    Returns:
        A tensor of the dtype of `x`; its size along the axis is that of `indices`.

    Raises:
        DTypeError: `indices` has no integer dtype.
        IndexRangeError: An index points at no entry. Inside compiled steps, where indices have no values yet, such
            entries are nan in floats, else 0.
        ShapeError: There is no such axis, or the shapes do not fit.

    ```python
    >>> take_along_axis([[1, 2], [3, 4]], [[1], [0]], axis=1).tolist()
    [[2], [3]]

    ```
    """


@rules.rule()
def _unravel_index_rule(indices: Spec, shape: Any) -> tuple[Spec, ...]:
    require_indices("indices", indices, "unravel_index")
    sizes = read_shape(shape)
    return tuple(Spec(indices.shape, rules.same(indices.dtype)) for _ in sizes)


def _unravel_index(indices: Any, shape: Any) -> tuple[np.ndarray, ...]:
    sizes = read_shape(shape)
    places = np.asarray(indices).astype(np.int64)
    places = np.where(places < 0, places + math.prod(sizes), places)  # type: ignore[arg-type]
    found = []
    for size in sizes[:0:-1]:
        found.append(places % max(size or 0, 1))
        places = places // max(size or 0, 1)
    return (places, *found[::-1]) if sizes else ()


@composite(
    infer=_unravel_index_rule,
    reference=_unravel_index,
    cases=[
        case([0, 5, 11], (3, 4)),
        case([[7], [23]], (2, 3, 4)),
        case([2, 0], (5,)),
        case([-1, -12], (3, 4)),
        case(np.array(5), (2, 3)),
        case(np.array([3, 4], "uint8"), [2, 3]),
        case(np.array([-1, 4], "int8"), [50, 100]),
        case(np.zeros((0,), "int32"), (2, 3)),
        case([0.5], (2, 3), raises=DTypeError, match="integer dtype"),
        case([1], (2, -3), raises=ShapeError, match="from 0 on"),
    ],
    differentiable=False,
)
def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """The index along each axis of the entries that have these places in the flattened tensor.

    Args:
        indices: Places, a tensor of an integer dtype; negative ones count from the end. One beyond the end gives a
            first index beyond the end of the first axis.
        shape: The tensor's shape.

    Returns:
        A tuple with a tensor like `indices` for each axis.

    Raises:
        DTypeError: `indices` is not of an integer dtype.
        ShapeError: A size is negative.

    ```python
    >>> [index.tolist() for index in unravel_index([5, 11], (3, 4))]
    [[1, 2], [1, 3]]
    >>> [index.tolist() for index in unravel_index([30], (2, 3))]
    [[10], [0]]

    ```
    """
    from multikeras.ops.arithmetic import add, floor_divide, mod
    from multikeras.ops.comparison import less, where
    from multikeras.ops.conversion import cast, dtype

    sizes = [size for size in read_shape(shape) if size is not None]
    if dtype(indices) not in lattice.INTEGERS:
        raise DTypeError("integers", received="")
    given = dtype(indices)
    if given in ("int8", "int16", "uint8", "uint16"):
        # Sizes may be beyond theirs.
        return tuple(cast(each, given) for each in unravel_index(cast(indices, "int32"), shape))
    if not given.startswith("u"):
        indices = where(less(indices, 0), add(indices, math.prod(sizes)), indices)
    found = []
    for size in sizes[:0:-1]:
        found.append(mod(indices, max(size, 1)))
        indices = floor_divide(indices, max(size, 1))
    return (indices, *found[::-1]) if sizes else ()
