"""The same entries in another shape or order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import broadcasts_to, read_shape, reshaped
from multikeras.ops._types import Axis, Tensor


@rules.rule()
def _reshape_rule(x: Spec, newshape: Any) -> Spec:
    return Spec(reshaped(x.shape, newshape), rules.same(x.dtype))


@primitive(
    infer=_reshape_rule,
    reference=np.reshape,
    cases=[
        case(draw(2, 6), (3, 4)),
        case(draw(2, 3, 4), (-1, 4)),
        case(draw(2, 3), [6]),
        case(draw(2, 3), -1),
        case(draw(), (1, 1)),
        case(draw(1), ()),
        case(draw(0, 3), (3, 0)),
        case(draw(0, 3), (-1, 3)),
        case(draw(2, 3, dtype="bool"), (6,)),
        case(draw(2, 3, dtype="int64"), (6,)),
        case(draw(2, 3), (4, 2), raises=ShapeError, match="number of entries"),
        case(draw(0, 3), (-2, 3), raises=ShapeError, match="from 0 on"),
        case(draw(2, 3), (-1, 4), raises=ShapeError, match="number of entries"),
        case(draw(2, 3), (-1, -1), raises=ShapeError, match="At most one size"),
    ],
)
def reshape(x: Tensor, newshape: int | Sequence[int | None]) -> Tensor:
    """The entries of `x`, last axis fastest, in another shape.

    Args:
        x: A tensor of any shape and dtype.
        newshape: The sizes, one of which may be -1: it follows from the others.

    Returns:
        A tensor of that shape and the dtype of `x`.

    Raises:
        ShapeError: The number of entries would change.

    ```python
    >>> reshape([[1, 2], [3, 4]], (4, -1)).tolist()
    [[1], [2], [3], [4]]

    ```
    """


@rules.rule()
def _transpose_rule(x: Spec, axes: Sequence[int] | None = None) -> Spec:
    if axes is None:
        return Spec(x.shape[::-1], rules.same(x.dtype))
    order = rules.canonical_axes(tuple(axes), len(x.shape))
    if len(order) != len(x.shape):
        raise ShapeError("A transposition names every axis once.", received=f"axes={tuple(axes)}, {len(x.shape)} axes")
    return Spec(tuple(x.shape[i] for i in order), rules.same(x.dtype))


@primitive(
    infer=_transpose_rule,
    reference=np.transpose,
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3, 4), (1, 2, 0)),
        case(draw(2, 3, 4), axes=[-1, 0, 1]),
        case(draw()),
        case(draw(3)),
        case(draw(0, 2)),
        case(draw(2, 3, dtype="int8")),
        case(draw(2, 3), (0, 0), raises=ShapeError, match="named once"),
        case(draw(2, 3), (1,), raises=ShapeError, match="every axis"),
        case(draw(2, 3), (0, 2), raises=ShapeError, match="axis 2"),
    ],
)
def transpose(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    """`x` with its axes in another order: axis `i` of the result is axis `axes[i]` of `x`.

    Args:
        x: A tensor of any shape and dtype.
        axes: Every axis once; by default the reverse order.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: `axes` does not name every axis once.

    ```python
    >>> transpose([[1, 2, 3]]).tolist()
    [[1], [2], [3]]

    ```
    """


@rules.rule()
def _swapaxes_rule(x: Spec, axis1: int, axis2: int) -> Spec:
    i, j = (rules.canonical_axis(axis, len(x.shape)) for axis in (axis1, axis2))
    sizes = list(x.shape)
    sizes[i], sizes[j] = sizes[j], sizes[i]
    return Spec(tuple(sizes), rules.same(x.dtype))


@composite(
    infer=_swapaxes_rule,
    reference=np.swapaxes,
    cases=[
        case(draw(2, 3, 4), 0, 2),
        case(draw(2, 3, 4), -1, 1),
        case(draw(2, 3), 1, 1),
        case(draw(2, 3), 0, 2, raises=ShapeError, match="axis 2"),
    ],
)
def swapaxes(x: Tensor, axis1: int, axis2: int) -> Tensor:
    """`x` with two of its axes exchanged.

    Args:
        x: A tensor of one axis or more, of any dtype.
        axis1: One axis.
        axis2: The other; equal ones change nothing.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis.

    ```python
    >>> swapaxes([[1, 2, 3]], 0, 1).shape
    (3, 1)

    ```
    """
    axes = list(range(len(x.shape)))
    first, second = rules.canonical_axis(axis1, len(axes)), rules.canonical_axis(axis2, len(axes))
    axes[first], axes[second] = second, first
    return transpose(x, axes)


def moved_axes(ndim: int, source: Any, destination: Any) -> tuple[int, ...]:
    """The order of axes, as `transpose` takes it, that moves axes `source` to the places `destination`.

    Raises:
        ShapeError: There is no such axis, one is named twice, or not as many places are named as axes.
    """
    if source is None or destination is None:
        raise ArgumentError("`source` and `destination` are axes.", received=f"{source!r} and {destination!r}")
    origin = rules.canonical_axes(source, ndim)
    target = rules.canonical_axes(destination, ndim)
    if len(origin) != len(target):
        raise ShapeError("As many places are named as axes.", received=f"source={source}, destination={destination}")
    order = [i for i in range(ndim) if i not in origin]
    for place, axis in sorted(zip(target, origin, strict=True)):
        order.insert(place, axis)
    return tuple(order)


@rules.rule()
def _moveaxis_rule(x: Spec, source: Any, destination: Any) -> Spec:
    order = moved_axes(len(x.shape), source, destination)
    return Spec(tuple(x.shape[i] for i in order), rules.same(x.dtype))


@composite(
    infer=_moveaxis_rule,
    reference=np.moveaxis,
    cases=[
        case(draw(2, 3, 4), 0, -1),
        case(draw(2, 3, 4, 5), (0, 1), (-1, -2)),
        case(draw(2, 3, 4, 5), [3, 0], [1, 2]),
        case(draw(2, 3), 1, 1),
        case(draw(2, 3), 2, 0, raises=ShapeError, match="axis 2"),
        case(draw(2, 3), (0, 1), (0,), raises=ShapeError, match="As many places"),
        case(draw(2, 3), (0, 0), (0, 1), raises=ShapeError, match="named once"),
        case(draw(2, 3), (0, 1), (-1, -1), raises=ShapeError, match="named once"),
    ],
)
def moveaxis(x: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """`x` with some axes moved to other places, the rest keeping their order.

    Args:
        x: A tensor of any dtype.
        source: The axes to move.
        destination: The place in the result of each.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis, one is named twice, or not as many places are named as axes.

    ```python
    >>> import numpy as np
    >>> moveaxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)

    ```
    """
    return transpose(x, moved_axes(len(x.shape), source, destination))


@rules.rule()
def _expand_dims_rule(x: Spec, axis: Any) -> Spec:
    if axis is None:
        raise ArgumentError("`axis` is an integer, or several.", received="None")
    count = len(axis) if isinstance(axis, (list, tuple)) else 1
    new = rules.canonical_axes(axis, len(x.shape) + count)
    sizes = iter(x.shape)
    return Spec(tuple(1 if i in new else next(sizes) for i in range(len(x.shape) + count)), rules.same(x.dtype))


@primitive(
    infer=_expand_dims_rule,
    reference=np.expand_dims,
    cases=[
        case(draw(2, 3), 0),
        case(draw(2, 3), -1),
        case(draw(2, 3), axis=(0, 2)),
        case(draw(2, 3), axis=[-1, -4]),
        case(draw(), 0),
        case(draw(0), 1),
        case(draw(2, dtype="bool"), 1),
        case(draw(2, 3), 3, raises=ShapeError, match="axis 3"),
        case(draw(2, 3), (0, 0), raises=ShapeError, match="named once"),
    ],
)
def expand_dims(x: Tensor, axis: int | Sequence[int]) -> Tensor:
    """`x` with new axes of size 1.

    Args:
        x: A tensor of any shape and dtype.
        axis: Where they stand in the result.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: The result has no such axis, or one is named twice.

    ```python
    >>> expand_dims([1, 2], -1).tolist()
    [[1], [2]]

    ```
    """


@rules.rule()
def _squeeze_rule(x: Spec, axis: Any = None) -> Spec:
    if axis is None:
        return Spec(tuple(size for size in x.shape if size != 1), rules.same(x.dtype))
    axes = rules.canonical_axes(axis, len(x.shape))
    if any(x.shape[i] not in (1, None) for i in axes):
        raise ShapeError(
            "An axis that is squeezed out has size 1.", received=f"axis={axis}, {x}", hint="ops.reshape(x, ...)"
        )
    return Spec(tuple(size for i, size in enumerate(x.shape) if i not in axes), rules.same(x.dtype))


@primitive(
    infer=_squeeze_rule,
    reference=lambda x, axis=None: np.squeeze(x, tuple(axis) if isinstance(axis, list) else axis),
    cases=[
        case(draw(1, 2, 1), unknown_sizes=False),
        case(draw(1, 2, 1), 0),
        case(draw(1, 2, 1), axis=-1),
        case(draw(1, 2, 1), axis=(0, -1)),
        case(draw(1, 2, 1), axis=[0]),
        case(draw(2, 3)),
        case(draw()),
        case(draw(1, 0), unknown_sizes=False),
        case(draw(1, 2), 1, raises=ShapeError, match="has size 1"),
        case(draw(1, 2), 2, raises=ShapeError, match="axis 2"),
    ],
)
def squeeze(x: Tensor, axis: Axis = None) -> Tensor:
    """`x` without axes of size 1.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axes to leave out; by default all of size 1. Of a symbolic tensor, those known to have size 1.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis, or it has another size.

    ```python
    >>> squeeze([[1, 2]]).tolist()
    [1, 2]

    ```
    """


@composite(
    reference=np.ravel,
    cases=[case(draw(2, 3)), case(draw()), case(draw(0, 2)), case(draw(2, 2, dtype="bool"))],
)
def ravel(x: Tensor) -> Tensor:
    """The entries of `x` along one axis, last axis fastest.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor of one axis and the dtype of `x`.

    ```python
    >>> ravel([[1, 2], [3, 4]]).tolist()
    [1, 2, 3, 4]

    ```
    """
    return reshape(x, (-1,))


@rules.rule()
def _broadcast_to_rule(x: Spec, shape: Any) -> Spec:
    sizes = read_shape(shape)
    if not broadcasts_to(x.shape, sizes):
        raise ShapeError(
            "Sizes, aligned at the right, are equal or broadcast from 1.", received=f"{x} to shape {tuple(sizes)}"
        )
    return Spec(sizes, rules.same(x.dtype))


@primitive(
    infer=_broadcast_to_rule,
    reference=np.broadcast_to,
    cases=[
        case(draw(3), (2, 3)),
        case(draw(2, 1), [2, 3]),
        case(draw(), (2,)),
        case(draw(), ()),
        case(draw(1), (0,)),
        case(draw(1, 3, dtype="int32"), (2, 3)),
        case(draw(3), (2, 2), raises=ShapeError, match="broadcast from 1"),
        case(draw(2, 3), (3,), raises=ShapeError, match="broadcast from 1"),
        case(draw(1), (-1,), raises=ShapeError, match="from 0 on"),
    ],
)
def broadcast_to(x: Tensor, shape: int | Sequence[int]) -> Tensor:
    """`x` repeated along axes of size 1, and along new ones in front, to fill a shape.

    Args:
        x: A tensor of any shape and dtype.
        shape: The result's shape.

    Returns:
        A tensor of that shape and the dtype of `x`.

    Raises:
        ShapeError: `x` does not broadcast to it.

    ```python
    >>> broadcast_to([1, 2], (2, 2)).tolist()
    [[1, 2], [1, 2]]

    ```
    """
