"""Entries in reverse order, moved round or turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import read_size
from multikeras.ops._types import Axis, Tensor
from multikeras.ops.shaping import swapaxes


@rules.rule()
def _flip_rule(x: Spec, axis: Any = None) -> Spec:
    rules.canonical_axes(axis, len(x.shape))
    return Spec(x.shape, rules.same(x.dtype))


@primitive(
    infer=_flip_rule,
    reference=lambda x, axis=None: np.flip(x, tuple(axis) if isinstance(axis, list) else axis),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), 1),
        case(draw(2, 3, 4), axis=(0, -1)),
        case(draw(2, 3), axis=[0, 1]),
        case(draw()),
        case(draw(0, 2), 0),
        case(draw(3, dtype="bool"), 0),
        case(draw(2, 3), 2, raises=ShapeError, match="axis 2"),
    ],
)
def flip(x: Tensor, axis: Axis = None) -> Tensor:
    """`x` with the entries along some axes in reverse order.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axes; all of them by default.

    Returns:
        A tensor like `x`.

    Raises:
        ShapeError: There is no such axis.

    ```python
    >>> flip([[1, 2], [3, 4]], 1).tolist()
    [[2, 1], [4, 3]]

    ```
    """


@rules.rule()
def _roll_rule(x: Spec, shift: Any, axis: Any = None) -> Spec:
    for each in shift if isinstance(shift, (list, tuple, np.ndarray)) else (shift,):
        read_size(each)
    if axis is not None:
        axes = axis if isinstance(axis, (list, tuple)) else (axis,)
        for each in axes:
            rules.canonical_axis(each, len(x.shape))
        if isinstance(shift, (list, tuple)) and len(shift) not in (1, len(axes)) and (len(axes) != 1 or not shift):
            raise ShapeError("There is one shift for each axis.", received=f"shift={shift}, axis={axis}")
    return Spec(x.shape, rules.same(x.dtype))


@primitive(
    infer=_roll_rule,
    reference=lambda x, shift, axis=None: np.roll(x, shift, axis),
    cases=[
        case(draw(2, 3), 1),
        case(draw(2, 3), -1, axis=1),
        case(draw(2, 3), 5, axis=1),
        case(draw(2, 3), (1, 2), axis=(0, 1)),
        case(draw(2, 3), 1, axis=(0, 1)),
        case(draw(2, 3), (1, 1), axis=(1, 1)),
        case(draw(), 1),
        case(draw(0, 2), 1, axis=0),
        case(draw(2, 3), 1, axis=2, raises=ShapeError, match="axis 2"),
        case(draw(2, 3, 4), (1, 2), axis=(0, 1, 2), raises=ShapeError, match="one shift for each"),
    ],
)
def roll(x: Tensor, shift: int | Sequence[int], axis: Axis = None) -> Tensor:
    """`x` with its entries moved along some axes; those that leave at the end come in again at the front.

    Args:
        x: A tensor of any shape and dtype.
        shift: By how many places; negative ones towards the front.
        axis: The axes; by default entries move through the raveled tensor.

    Returns:
        A tensor like `x`.

    Raises:
        ShapeError: There is no such axis, or not one shift for each.

    ```python
    >>> roll([1, 2, 3], 1).tolist()
    [3, 1, 2]

    ```
    """


@rules.rule()
def _rot90_rule(array: Spec, k: int = 1, axes: Sequence[int] = (0, 1)) -> Spec:
    first, second = _rotation_axes(len(array.shape), axes)
    if not isinstance(k, int):
        raise ArgumentError("`k` is an integer.", received=repr(k))
    sizes = list(array.shape)
    if k % 2:
        sizes[first], sizes[second] = sizes[second], sizes[first]
    return Spec(tuple(sizes), rules.same(array.dtype))


def _rotation_axes(ndim: int, axes: Sequence[int]) -> tuple[int, int]:
    if ndim < 2:
        raise ShapeError("A tensor that is rotated has at least two axes.", received=f"{ndim} axes")
    if len(axes) != 2:
        raise ShapeError("A rotation is in a plane of two axes.", received=f"axes={tuple(axes)}")
    first, second = rules.canonical_axes(tuple(axes), ndim)
    return first, second


@composite(
    infer=_rot90_rule,
    reference=np.rot90,
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), k=2),
        case(draw(2, 3), k=-1),
        case(draw(2, 3), k=4),
        case(draw(2, 3, 4), axes=(1, 2)),
        case(draw(2, 3, 4), k=3, axes=(-1, 0)),
        case(draw(2, 3, dtype="int32")),
        case(draw(3), raises=ShapeError, match="at least two axes"),
        case(draw(2, 3), axes=(0, 0), raises=ShapeError, match="named once"),
        case(draw(2, 3), axes=(0,), raises=ShapeError, match="two axes"),
    ],
)
def rot90(array: Tensor, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """A tensor turned by quarter turns in the plane of two axes, from the first of them towards the second.

    Args:
        array: A tensor of two axes or more, of any dtype.
        k: How many quarter turns; negative ones turn the other way.
        axes: The two axes.

    Returns:
        A tensor of the dtype of `array`.

    Raises:
        ShapeError: The axes are not two different ones of the tensor.

    ```python
    >>> rot90([[1, 2], [3, 4]]).tolist()
    [[2, 4], [1, 3]]

    ```
    """
    first, second = _rotation_axes(len(array.shape), axes)
    turns = k.__index__() % 4
    if turns == 0:
        return array
    if turns == 2:
        return flip(array, (first, second))
    if turns == 1:
        return swapaxes(flip(array, second), first, second)
    return flip(swapaxes(array, first, second), second)


@rules.rule()
def _fliplr_rule(x: Spec) -> Spec:
    if len(x.shape) < 2:
        raise ShapeError("ops.fliplr takes a tensor of two axes or more.", received=f"x={x}", hint="ops.flip(x)")
    return Spec(x.shape, rules.same(x.dtype))


@composite(
    infer=_fliplr_rule,
    reference=np.fliplr,
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3, 2)),
        case(draw(0, 2)),
        case(draw(2, 2, dtype="bool")),
        case(draw(3), raises=ShapeError, match="or more"),
    ],
)
def fliplr(x: Tensor) -> Tensor:
    """`x` with the entries along the second axis in reverse order: `flip(x, 1)`.

    Args:
        x: A tensor of two axes or more, of any dtype.

    Returns:
        A tensor like `x`.

    Raises:
        ShapeError: There are fewer axes.

    ```python
    >>> fliplr([[1, 2], [3, 4]]).tolist()
    [[2, 1], [4, 3]]

    ```
    """
    return flip(x, 1)


@rules.rule()
def _flipud_rule(x: Spec) -> Spec:
    if len(x.shape) < 1:
        raise ShapeError("ops.flipud takes a tensor of one axis or more.", received=f"x={x}", hint="ops.flip(x)")
    return Spec(x.shape, rules.same(x.dtype))


@composite(
    infer=_flipud_rule,
    reference=np.flipud,
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3, 2)),
        case(draw(0, 2)),
        case(draw(2, 2, dtype="bool")),
        case(draw(), raises=ShapeError, match="or more"),
    ],
)
def flipud(x: Tensor) -> Tensor:
    """`x` with its rows, the entries along the first axis, in reverse order: `flip(x, 0)`.

    Args:
        x: A tensor of one axis or more, of any dtype.

    Returns:
        A tensor like `x`.

    Raises:
        ShapeError: There are fewer axes.

    ```python
    >>> flipud([[1, 2], [3, 4]]).tolist()
    [[3, 4], [1, 2]]

    ```
    """
    if len(x.shape) == 0:
        raise ShapeError("no rows", received="")
    return flip(x, 0)
