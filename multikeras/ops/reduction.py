"""Axes summed up, averaged, or reduced to their largest, smallest, any or all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Axis, DType, Tensor
from multikeras.ops.comparison import not_equal

# Every way to name axes, and the ways to name them wrongly.
_AXES = [
    case(draw(2, 3)),
    case(draw(2, 3), axis=0),
    case(draw(2, 3, 4), axis=-1, keepdims=True),
    case(draw(2, 3, 4), axis=(0, -1)),
    case(draw(2, 3, 4), axis=(1, 0), keepdims=True),
    case(draw(2, 3), axis=()),
    case(draw()),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    case(draw(), axis=-1, raises=ShapeError, match="0 axes"),
    case(draw(2, 3), axis=(0, -2), raises=ShapeError, match="named once"),
]


@primitive(
    infer=rules.reduce(rules.accumulated),
    reference=np.sum,
    cases=[
        *_AXES,
        case(draw(0, 3), axis=0),
        case([True, True, False]),
        case(np.array([200, 100], "uint8")),
        case(SPECIAL),
    ],
)
def sum(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Sum over axes.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A tensor of the dtype of `x`; int32 for bools and smaller integers, uint32 for smaller unsigned ones. Over no
        entries 0.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> sum([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
    [4.0, 6.0]

    ```
    """


@primitive(
    infer=rules.reduce(rules.floating),
    reference=lambda x, axis=None, keepdims=False: (
        np.sum(x, axis=axis, keepdims=keepdims) / np.sum(np.ones_like(x), axis=axis, keepdims=keepdims)
    ),
    cases=[
        *_AXES,
        case(draw(4000), axis=0),
        case([1, 2, 4]),
        case([True, False]),
        case(draw(0, 3), axis=0, gradient=False),
    ],
)
def mean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Mean over axes: the sum divided by the number of entries.

    16-bit floats are summed in 32 bits.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; nan over no entries.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> mean([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
    [2.0, 3.0]

    ```
    """


@rules.rule(made_in="dtype")
def _prod_rule(x: Spec, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Spec:
    result = rules.accumulated(x.dtype) if dtype is None else lattice.standardize(dtype)
    return Spec(rules.reduced_shape(x.shape, axis, keepdims), result)


@primitive(
    infer=_prod_rule,
    reference=lambda x, axis=None, keepdims=False, dtype=None: np.prod(x, axis=axis, keepdims=keepdims),
    cases=[
        *_AXES,
        case(draw(0, 3), axis=0),
        case([1.0, 0.0, 3.0]),
        case(np.array([20, 30], "uint8")),
        case([True, False]),
        case([2, 3], dtype="float32"),
        case([2.5, 2.0], dtype="float64"),
    ],
)
def prod(x: Tensor, axis: Axis = None, keepdims: bool = False, dtype: DType = None) -> Tensor:
    """Product over axes.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.
        dtype: The dtype that is multiplied in, and of the result.

    Returns:
        A tensor, by default of the dtype of `x`; int32 for bools and smaller integers, uint32 for smaller unsigned
        ones. Over no entries 1.

    Raises:
        ShapeError: There is no such axis, or one is named twice.
        DTypeError: Not a dtype.

    ```python
    >>> prod([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
    [3.0, 8.0]

    ```
    """


def _extreme_rule(x: Spec, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Spec:
    if initial is None:
        return _extreme(x, axis, keepdims)
    rules.require_number("initial", initial)
    return _over_any(x, axis, keepdims)


_extreme: Callable[..., Spec] = rules.reduce(nonempty=True)
_over_any: Callable[..., Spec] = rules.reduce()
_EXTREME_CASES = [
    *_AXES,
    case([1.0, float("nan"), 3.0], gradient=False),
    case([float("inf"), float("-inf"), 3.0]),
    case([True, False]),
    case(draw(0, 3), axis=1),
    case(draw(0, 3), axis=0, raises=ShapeError, match="empty"),
]
_INITIAL_CASES = [
    case(draw(2, 3), axis=1, initial=0.5, dtypes=("float32", "float64"), gradient=False),
    case(draw(0, 3), axis=0, initial=2, gradient=False),
    case([3, -3], initial=1),
]


@primitive(
    infer=rules.rule()(_extreme_rule),
    reference=lambda x, axis=None, keepdims=False, initial=None: np.max(
        x, axis=axis, keepdims=keepdims, **({} if initial is None else {"initial": initial})
    ),
    cases=[*_EXTREME_CASES, *_INITIAL_CASES],
    real=True,
)
def max(x: Tensor, axis: Axis = None, keepdims: bool = False, initial: int | float | None = None) -> Tensor:
    """Largest entry over axes; nan where there is one.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.
        initial: A number that takes part too, so that the axes may be empty.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries and no `initial`.

    ```python
    >>> max([[1.0, 5.0], [3.0, 4.0]], axis=0).tolist()
    [3.0, 5.0]

    ```
    """


@composite(
    infer=rules.reduce(nonempty=True),
    reference=np.amax,
    cases=_EXTREME_CASES,
    real=True,
)
def amax(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Largest entry over axes: `max` without an initial value.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.

    ```python
    >>> amax([[1.0, 5.0], [3.0, 4.0]], axis=0).tolist()
    [3.0, 5.0]

    ```
    """
    return max(x, axis, keepdims)


@primitive(
    infer=rules.rule()(_extreme_rule),
    reference=lambda x, axis=None, keepdims=False, initial=None: np.min(
        x, axis=axis, keepdims=keepdims, **({} if initial is None else {"initial": initial})
    ),
    cases=[*_EXTREME_CASES, *_INITIAL_CASES],
    real=True,
)
def min(x: Tensor, axis: Axis = None, keepdims: bool = False, initial: int | float | None = None) -> Tensor:
    """Smallest entry over axes; nan where there is one.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.
        initial: A number that takes part too, so that the axes may be empty.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries and no `initial`.

    ```python
    >>> min([[1.0, 5.0], [3.0, 4.0]], axis=0).tolist()
    [1.0, 4.0]

    ```
    """


@composite(
    infer=rules.reduce(nonempty=True),
    reference=np.amin,
    cases=_EXTREME_CASES,
    real=True,
)
def amin(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Smallest entry over axes: `min` without an initial value.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.

    ```python
    >>> amin([[1.0, 5.0], [3.0, 4.0]], axis=0).tolist()
    [1.0, 4.0]

    ```
    """
    return min(x, axis, keepdims)


@primitive(
    infer=rules.reduce("bool"),
    reference=np.any,
    cases=[
        *_AXES,
        case(draw(2, 3, dtype="bool"), axis=1),
        case(draw(0, 3), axis=0),
        case([0, 1, 2]),
        case([0.0, float("nan")]),
    ],
    differentiable=False,
)
def any(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether any entry is true, over axes.

    Args:
        x: A tensor of any shape and dtype; what is not 0 is true, nan too.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A bool tensor; over no entries False.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> any([[True, False], [True, True]], axis=0).tolist()
    [True, True]

    ```
    """


@primitive(
    infer=rules.reduce("bool"),
    reference=np.all,
    cases=[
        *_AXES,
        case(draw(2, 3, dtype="bool"), axis=1),
        case(draw(0, 3), axis=0),
        case([0, 1, 2]),
        case([0.0, float("nan")]),
    ],
    differentiable=False,
)
def all(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether all entries are true, over axes.

    Args:
        x: A tensor of any shape and dtype; what is not 0 is true, nan too.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A bool tensor; over no entries True.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> all([[True, False], [True, True]], axis=0).tolist()
    [True, False]

    ```
    """


@rules.rule()
def _position_rule(x: Spec, axis: Any = None, keepdims: bool = False) -> Spec:
    axes = None if axis is None else rules.canonical_axis(axis, len(x.shape))
    if 0 in (x.shape if axes is None else (x.shape[axes],)):
        raise ShapeError("The position of an extreme is one of at least one entry.", received=f"empty {x}, axis={axis}")
    return Spec(rules.reduced_shape(x.shape, axes, keepdims), "int32")


_POSITION_CASES = [
    case(draw(2, 3)),
    case(draw(2, 3), axis=1),
    case(draw(4, 1, 3), axis=-1, keepdims=True),
    case(draw(2, 3), keepdims=True),
    case(draw()),
    case(draw(0, 3), axis=1),
    case([3, 1, 3, 1]),
    case([True, False]),
    case([-0.0, 0.0]),
    case([1.0, float("nan"), 5.0, float("nan")]),
    case([float("inf"), float("-inf")]),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    case(draw(0, 3), axis=0, raises=ShapeError, match="empty"),
    case(draw(2, 3), axis=(0, 1), raises=ArgumentError, match="integer"),
]


@primitive(
    infer=_position_rule,
    reference=np.argmax,
    cases=_POSITION_CASES,
    differentiable=False,
    real=True,
)
def argmax(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Position of the largest entry along an axis; the first of equals, and the first nan if there is one.

    Args:
        x: A tensor of any dtype with at least one entry along the axis.
        axis: The axis; by default the position is that in the flattened tensor.
        keepdims: Whether the reduced axes stay, with size 1.

    Returns:
        An int32 tensor.

    Raises:
        ShapeError: There is no such axis, or it is empty.
        ArgumentError: `axis` is no integer.

    ```python
    >>> argmax([[1.0, 5.0], [3.0, 4.0]], axis=1).tolist()
    [1, 1]

    ```
    """


@primitive(
    infer=_position_rule,
    reference=np.argmin,
    cases=_POSITION_CASES,
    differentiable=False,
    real=True,
)
def argmin(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Position of the smallest entry along an axis; the first of equals, and the first nan if there is one.

    Args:
        x: A tensor of any dtype with at least one entry along the axis.
        axis: The axis; by default the position is that in the flattened tensor.
        keepdims: Whether the reduced axes stay, with size 1.

    Returns:
        An int32 tensor.

    Raises:
        ShapeError: There is no such axis, or it is empty.
        ArgumentError: `axis` is no integer.

    ```python
    >>> argmin([[1.0, 5.0], [3.0, 4.0]], axis=1).tolist()
    [0, 0]

    ```
    """


@composite(
    infer=rules.reduce("int32"),
    reference=lambda x, axis=None, keepdims=False: np.count_nonzero(x, axis=axis),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), axis=0),
        case(draw(2, 3, 4), axis=(0, -1)),
        case([0.0, -0.0, float("nan"), 2.0]),
        case([True, False]),
        case(draw(0, 3), axis=0),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    ],
    differentiable=False,
)
def count_nonzero(x: Tensor, axis: Axis = None) -> Tensor:
    """Number of entries that are not 0, over axes; nan counts.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis or axes that are reduced, all of them by default.

    Returns:
        An int32 tensor.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> count_nonzero([[0, 1], [2, 3]], axis=0).tolist()
    [1, 2]

    ```
    """
    return sum(not_equal(x, 0), axis=axis)
