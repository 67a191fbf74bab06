"""Running sums and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import DType, Tensor
from multikeras.ops.nan_reductions import without_nan


@rules.rule(cast="number", made_in="dtype")
def _running_rule(x: Spec, axis: Any = None, dtype: Any = None) -> Spec:
    result = rules.no_bool(x.dtype) if dtype is None else lattice.standardize(dtype)
    if axis is None:
        return Spec((rules.size_of(x.shape),), result)
    rules.canonical_axis(axis, len(x.shape))
    return Spec(x.shape, result)


_CASES = [
    case(draw(2, 3)),
    case(draw(2, 3), axis=0),
    case(draw(2, 3, 2), axis=-2),
    case(draw()),
    case(draw(0, 3), axis=0),
    case([True, True, False]),
    case([100, 2, 3]),
    case([1, 2, 3], dtype="float32"),
    case([1.5, 2.5], dtype="int32", gradient=False),
    case([1.0, float("nan"), 2.0], gradient=False),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    case(draw(), axis=0, raises=ShapeError, match="0 axes"),
]


@primitive(
    infer=_running_rule,
    reference=lambda x, axis=None, dtype=None: np.cumsum(x if dtype is None else x.astype(dtype), axis=axis),
    cases=_CASES,
)
def cumsum(x: Tensor, axis: int | None = None, dtype: DType = None) -> Tensor:
    """Running sum along an axis: entry i is the sum of the entries 0..i.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis; by default `x` is flattened first.
        dtype: The dtype that is added in, and of the result.

    Returns:
        A tensor of the shape of `x`, or of one axis where `axis` is `None`; by default of its dtype, int32 for bools.

    Raises:
        ShapeError: There is no such axis.
        DTypeError: Not a dtype.

    ```python
    >>> cumsum([1.0, 2.0, 3.0]).tolist()
    [1.0, 3.0, 6.0]

    ```
    """


@primitive(
    infer=_running_rule,
    reference=lambda x, axis=None, dtype=None: np.cumprod(x if dtype is None else x.astype(dtype), axis=axis),
    cases=[*_CASES, case([[2.0, 0.0, 3.0, 0.0, 5.0], [0.5, 0.0, -1.5, 2.0, 1.0]], axis=-1)],
)
def cumprod(x: Tensor, axis: int | None = None, dtype: DType = None) -> Tensor:
    """Running product along an axis: entry i is the product of the entries 0..i.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis; by default `x` is flattened first.
        dtype: The dtype that is multiplied in, and of the result.

    Returns:
        A tensor of the shape of `x`, or of one axis where `axis` is `None`; by default of its dtype, int32 for bools.

    Raises:
        ShapeError: There is no such axis.
        DTypeError: Not a dtype.

    ```python
    >>> cumprod([1.0, 2.0, 3.0]).tolist()
    [1.0, 2.0, 6.0]

    ```
    """


_NAN_CASES = [
    case([[1.0, float("nan"), 3.0], [float("nan"), 0.5, -2.0]], gradient=False),
    case([[1.0, float("nan"), 3.0], [float("nan"), 0.5, -2.0]], axis=1, gradient=False),
    *(each for each in _CASES if each.gradient),
]


@composite(
    infer=_running_rule,
    reference=lambda x, axis=None, dtype=None: np.nancumsum(x if dtype is None else x.astype(dtype), axis=axis),
    cases=_NAN_CASES,
)
def nancumsum(x: Tensor, axis: int | None = None, dtype: DType = None) -> Tensor:
    """Running sum along an axis of the entries that are numbers: nan counts as 0.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis; by default `x` is flattened first.
        dtype: The dtype that is added in, and of the result.

    Returns:
        A tensor of the shape of `x`, or of one axis where `axis` is `None`; by default of its dtype, int32 for bools.

    Raises:
        ShapeError: There is no such axis.
        DTypeError: Not a dtype.

    ```python
    >>> nancumsum([1.0, float("nan"), 3.0]).tolist()
    [1.0, 1.0, 4.0]

    ```
    """
    return cumsum(without_nan(x, 0), axis, dtype)


@composite(
    infer=_running_rule,
    reference=lambda x, axis=None, dtype=None: np.nancumprod(x if dtype is None else x.astype(dtype), axis=axis),
    cases=_NAN_CASES,
)
def nancumprod(x: Tensor, axis: int | None = None, dtype: DType = None) -> Tensor:
    """Running product along an axis of the entries that are numbers: nan counts as 1.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis; by default `x` is flattened first.
        dtype: The dtype that is multiplied in, and of the result.

    Returns:
        A tensor of the shape of `x`, or of one axis where `axis` is `None`; by default of its dtype, int32 for bools.

    Raises:
        ShapeError: There is no such axis.
        DTypeError: Not a dtype.

    ```python
    >>> nancumprod([2.0, float("nan"), 3.0]).tolist()
    [2.0, 2.0, 6.0]

    ```
    """
    return cumprod(without_nan(x, 1), axis, dtype)
