"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.comparison import where
from multikeras.ops.creation import zeros_like
from multikeras.ops.reduction import sum
from multikeras.ops.shaping import ravel


def _diagonal_shape(shape: Shape, offset: int, axis1: int, axis2: int) -> Shape:
    if len(shape) < 2:
        raise ShapeError("A tensor with diagonals has at least two axes.", received=f"shape {shape}")
    first, second = rules.canonical_axis(axis1, len(shape)), rules.canonical_axis(axis2, len(shape))
    if first == second:
        raise ShapeError("A diagonal runs along two different axes.", received=f"axis1={axis1}, axis2={axis2}")
    rows, columns = shape[first], shape[second]
    rows = None if rows is None else rows + min(offset, 0)
    columns = None if columns is None else columns - max(offset, 0)
    length = None if rows is None or columns is None else max(min(rows, columns), 0)
    if any(size is not None and size <= 0 for size in (rows, columns)):
        length = 0
    return (*(size for i, size in enumerate(shape) if i not in (first, second)), length)


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ArgumentError(f"`{name}` is an integer.", received=repr(value))
    return value.__index__()


@rules.rule()
def _diagonal_rule(x: Spec, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Spec:
    return Spec(_diagonal_shape(x.shape, _integer("offset", offset), axis1, axis2), rules.same(x.dtype))


_DIAGONAL_CASES = (
    case(draw(3, 3)),
    case(draw(2, 4)),
    case(draw(3, 4), offset=1),
    case(draw(3, 4), offset=-2),
    case(draw(2, 2), offset=3),
    case(draw(2, 3, 4), axis1=1, axis2=2),
    case(draw(2, 3, 4), offset=1, axis1=-1, axis2=0),
    case(draw(0, 2)),
    case(draw(3), raises=ShapeError, match="at least two axes"),
    case(draw(2, 2), axis1=1, axis2=-1, raises=ShapeError, match="two different axes"),
    case(draw(2, 2), axis1=2, raises=ShapeError, match="axis 2"),
)


@primitive(infer=_diagonal_rule, reference=np.diagonal, cases=_DIAGONAL_CASES)
def diagonal(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The entries of `x` on a diagonal of two of its axes: those with `j - i = offset`.

    Args:
        x: A tensor of two axes or more, of any dtype.
        offset: The diagonal: 0 the main one, positive ones above it, negative ones below.
        axis1: The axis of `i`.
        axis2: The axis of `j`.

    Returns:
        A tensor of the dtype of `x`, the diagonal as its last axis in the place of the two.

    Raises:
        ShapeError: `x` has less than two axes, or the axes are not two different ones of it.

    ```python
    >>> diagonal([[1, 2], [3, 4]]).tolist()
    [1, 4]

    ```
    """


@rules.rule()
def _trace_rule(x: Spec, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Spec:
    shape = _diagonal_shape(x.shape, _integer("offset", offset), axis1, axis2)
    return Spec(shape[:-1], rules.accumulated(x.dtype))


@composite(infer=_trace_rule, reference=np.trace, cases=_DIAGONAL_CASES)
def trace(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum of the entries of `x` on a diagonal of two of its axes.

    Args:
        x: A tensor of two axes or more, of any dtype.
        offset: The diagonal: 0 the main one, positive ones above it, negative ones below.
        axis1: One of the two axes.
        axis2: The other.

    Returns:
        A tensor without the two axes, of the dtype of a sum: bools and small integers become 32-bit ones.

    Raises:
        ShapeError: `x` has less than two axes, or the axes are not two different ones of it.

    ```python
    >>> int(trace([[1, 2], [3, 4]]))
    5

    ```
    """
    return sum(diagonal(x, offset, axis1, axis2), -1)


@rules.rule()
def _diag_rule(x: Spec, k: int = 0) -> Spec:
    k = _integer("k", k)
    if len(x.shape) == 1:
        size = None if x.shape[0] is None else x.shape[0] + abs(k)
        return Spec((size, size), rules.same(x.dtype))
    if len(x.shape) == 2:
        return Spec(_diagonal_shape(x.shape, k, 0, 1), rules.same(x.dtype))
    raise ShapeError("`diag` takes a tensor of one or two axes.", received=str(x), hint="ops.diagonal(x)")


@primitive(
    infer=_diag_rule,
    reference=np.diag,
    cases=[
        case(draw(3)),
        case(draw(2), k=1),
        case(draw(2), k=-2),
        case(draw(0)),
        case(draw(3, 3)),
        case(draw(3, 4), k=1),
        case(draw(3, 4), -1),
        case(draw(2, dtype="bool")),
        case(draw(), raises=ShapeError, match="one or two axes"),
        case(draw(2, 2, 2), raises=ShapeError, match="one or two axes"),
    ],
)
def diag(x: Tensor, k: int = 0) -> Tensor:
    """The matrix with `x` on a diagonal and zeros elsewhere; of a matrix, that diagonal.

    Args:
        x: A tensor of one or two axes, of any dtype.
        k: The diagonal: 0 the main one, positive ones above it, negative ones below.

    Returns:
        A tensor of two axes for one of one axis, and the other way round; the dtype of `x`.

    Raises:
        ShapeError: `x` has another number of axes.

    ```python
    >>> diag([1, 2]).tolist(), diag([[1, 2], [3, 4]]).tolist()
    ([[1, 0], [0, 2]], [1, 4])

    ```
    """


@rules.rule()
def _triangle_rule(x: Spec, k: int = 0) -> Spec:
    _integer("k", k)
    if len(x.shape) < 2:
        raise ShapeError("A tensor with triangles has at least two axes.", received=str(x))
    return Spec(x.shape, rules.same(x.dtype))


_TRIANGLE_CASES = (
    case(draw(3, 3)),
    case(draw(2, 4), k=1),
    case(draw(4, 2), k=-1),
    case(draw(2, 3, 3)),
    case(draw(2, 2), k=5),
    case(draw(0, 2)),
    case(draw(2, 2, dtype="bool")),
    case(draw(3), raises=ShapeError, match="at least two axes"),
)


@composite(infer=_triangle_rule, reference=np.tril, cases=_TRIANGLE_CASES)
def tril(x: Tensor, k: int = 0) -> Tensor:
    """`x` with zeros above a diagonal of its last two axes.

    Args:
        x: A tensor of two axes or more, of any dtype.
        k: The diagonal: 0 the main one, positive ones above it, negative ones below.

    Returns:
        A tensor like `x`.

    Raises:
        ShapeError: `x` has less than two axes.

    ```python
    >>> tril([[1, 2], [3, 4]]).tolist()
    [[1, 0], [3, 4]]

    ```
    """
    return where(np.tri(x.shape[-2], x.shape[-1], k, dtype=bool), x, zeros_like(x))


@composite(infer=_triangle_rule, reference=np.triu, cases=_TRIANGLE_CASES)
def triu(x: Tensor, k: int = 0) -> Tensor:
    """`x` with zeros below a diagonal of its last two axes.

    Args:
        x: A tensor of two axes or more, of any dtype.
        k: The diagonal: 0 the main one, positive ones above it, negative ones below.

    Returns:
        A tensor like `x`.

    Raises:
        ShapeError: `x` has less than two axes.

    ```python
    >>> triu([[1, 2], [3, 4]]).tolist()
    [[1, 2], [0, 4]]

    ```
    """
    return where(np.tri(x.shape[-2], x.shape[-1], k - 1, dtype=bool), zeros_like(x), x)


@rules.rule()
def _diagflat_rule(x: Spec, k: int = 0) -> Spec:
    return _diag_rule(Spec((rules.size_of(x.shape),), x.dtype), k)


@composite(
    infer=_diagflat_rule,
    reference=np.diagflat,
    cases=[
        case(draw(3)),
        case(draw(2, 2)),
        case(draw(), gradient=True),
        case(draw(2), k=1),
        case(draw(2, 1, 2), k=-2),
        case(draw(0)),
        case(draw(2, dtype="bool")),
        case(draw(2), k=0.5, raises=ArgumentError, match="integer"),
    ],
)
def diagflat(x: Tensor, k: int = 0) -> Tensor:
    """The matrix with the entries of `x`, last axis fastest, on a diagonal and zeros elsewhere.

    Args:
        x: A tensor of any shape and dtype.
        k: The diagonal: 0 the main one, positive ones above it, negative ones below.

    Returns:
        A matrix of the dtype of `x`.

    Raises:
        ArgumentError: `k` is no integer.

    ```python
    >>> diagflat([[1, 2]], k=1).tolist()
    [[0, 1, 0], [0, 0, 2], [0, 0, 0]]

    ```
    """
    return diag(ravel(x), k)
