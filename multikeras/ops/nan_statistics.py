"""Means and spreads that pass over nan."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Axis, Tensor
from multikeras.ops.arithmetic import absolute, divide, square, subtract
from multikeras.ops.comparison import where
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.exponential import sqrt
from multikeras.ops.finiteness import isnan
from multikeras.ops.logic import logical_not
from multikeras.ops.reduction import sum
from multikeras.ops.statistics import spread_rule

_NAN = float("nan")

_CASES = [
    case([[1.0, _NAN, 3.0], [_NAN, 0.5, -2.0]], gradient=False),
    case([[1.0, _NAN, 3.0], [_NAN, 0.5, -2.0]], axis=0, gradient=False),
    case([[1.0, _NAN, 3.0], [_NAN, 0.5, -2.0]], axis=(0, -1), keepdims=True, gradient=False),
    case([[_NAN, _NAN], [_NAN, 1.0]], axis=1, gradient=False),
    case(draw(2, 3)),
    case(draw(2, 3, 4), axis=-1, keepdims=True),
    case(draw(2, 3, 4), axis=(0, 1)),
    case(draw(3, low=1000, high=1001), dtypes=("float64",)),
    case(draw(4, low=300, high=600), dtypes=("float16", "bfloat16"), tolerance=64),
    case(draw(2, 3, dtype="complex64"), axis=1),
    case([1, 2, 4]),
    case([True, False]),
    case(draw(0, 3), axis=1),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
]


def _quiet(function: Callable) -> Callable:
    """A NumPy oracle that does not warn of slices without a number."""

    def run(*arguments: Any, **keywords: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return function(*arguments, **keywords)

    return run


@composite(
    infer=rules.reduce(rules.floating),
    reference=_quiet(np.nanmean),
    cases=[*_CASES, case(draw(0, 3), axis=0), case(draw())],
)
def nanmean(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Mean over axes of the entries that are numbers.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; nan where there is no number.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> nanmean([[1.0, float("nan")], [3.0, 4.0]], axis=1).tolist()
    [1.0, 3.5]

    ```
    """
    given = dtype(x)
    if given in ("float16", "bfloat16"):
        return cast(nanmean(cast(x, "float32"), axis, keepdims), given)
    known = logical_not(isnan(x))
    count = sum(known, axis, keepdims)
    # Where nothing is counted, 0 / 0 would be right, but some frameworks warn of it.
    total = divide(sum(where(known, x, 0), axis, keepdims), cast(where(count == 0, 1, count), given))
    return where(count == 0, _NAN, total)


@composite(infer=spread_rule, reference=_quiet(np.nanvar), cases=[*_CASES, case(draw(), gradient=False)])
def nanvar(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Variance over axes of the entries that are numbers: the mean of `|x - mean|**2` over these.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor, real for complex `x`; nan where there is no number.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> nanvar([[1.0, float("nan")], [3.0, 5.0]], axis=1).tolist()
    [0.0, 1.0]

    ```
    """
    given = dtype(x)
    if given in ("float16", "bfloat16"):
        return cast(nanvar(cast(x, "float32"), axis, keepdims), given)
    centred = subtract(x, nanmean(x, axis, True))
    if given in ("complex64", "complex128"):
        centred = absolute(centred)
    return nanmean(square(centred), axis, keepdims)


@composite(infer=spread_rule, reference=_quiet(np.nanstd), cases=_CASES)
def nanstd(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Standard deviation over axes of the entries that are numbers: `sqrt(nanvar(x))`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor, real for complex `x`; nan where there is no number.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> nanstd([[1.0, float("nan")], [3.0, 5.0]], axis=1).tolist()
    [0.0, 1.0]

    ```
    """
    return sqrt(nanvar(x, axis, keepdims))
