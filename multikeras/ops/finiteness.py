"""Which entries are numbers, which infinite, and what takes the place of those that are not."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from multikeras.dtypes import lattice
from multikeras.errors import DTypeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, multiply
from multikeras.ops.comparison import equal, where
from multikeras.ops.complex_numbers import imag, real
from multikeras.ops.conversion import dtype


@primitive(
    infer=rules.elementwise("bool"),
    reference=np.isfinite,
    cases=[case(SPECIAL), case(draw(2, 3)), case([1, 2]), case([True]), case(draw(0))],
    differentiable=False,
)
def isfinite(x: Tensor) -> Tensor:
    """Whether it is neither infinite nor nan, entry by entry.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A bool tensor of the shape of `x`; of integers and bools all entries are true.

    ```python
    >>> isfinite([1.0, float("inf")]).tolist()
    [True, False]

    ```
    """


@primitive(
    infer=rules.elementwise("bool"),
    reference=np.isinf,
    cases=[case(SPECIAL), case(draw(2, 3)), case([1, 2]), case([True]), case(draw(0))],
    differentiable=False,
)
def isinf(x: Tensor) -> Tensor:
    """Whether it is inf or -inf, entry by entry.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A bool tensor of the shape of `x`; of integers and bools all entries are false.

    ```python
    >>> isinf([1.0, float("-inf")]).tolist()
    [False, True]

    ```
    """


@primitive(
    infer=rules.elementwise("bool"),
    reference=np.isnan,
    cases=[case(SPECIAL), case(draw(2, 3)), case([1, 2]), case([True]), case(draw(0))],
    differentiable=False,
)
def isnan(x: Tensor) -> Tensor:
    """Whether it is nan, entry by entry.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A bool tensor of the shape of `x`; of integers and bools all entries are false.

    ```python
    >>> isnan([1.0, float("nan")]).tolist()
    [False, True]

    ```
    """


def _nan_to_num(
    x: np.ndarray, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> np.ndarray:
    # The greatest float differs from dtype to dtype: the cases that rely on it name their dtype.
    largest = float(np.finfo(np.float32).max)
    above, below = (largest if posinf is None else posinf), (-largest if neginf is None else neginf)
    return np.nan_to_num(x, nan=nan, posinf=above, neginf=below)


@composite(
    infer=rules.elementwise(),
    reference=_nan_to_num,
    cases=[
        case(draw(2, 3)),
        case(SPECIAL, dtypes=("float32",), gradient=False),
        case(SPECIAL, nan=2.0, posinf=5.0, neginf=-5.0, gradient=False),
        case([1, 2], nan=3.0),
        case([True, False]),
    ],
)
def nan_to_num(x: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """`x` with finite numbers in the place of nan, inf and -inf.

    The gradient is 0 where an entry is replaced.

    Args:
        x: A tensor of any shape and dtype; integers and bools have nothing to replace.
        nan: What takes the place of nan.
        posinf: What takes the place of inf. By default the greatest number of the dtype.
        neginf: What takes the place of -inf. By default the least number of the dtype.

    Returns:
        A tensor of the shape and dtype of `x`.

    ```python
    >>> nan_to_num([float("nan"), float("-inf"), 1.0], neginf=-9.0).tolist()
    [0.0, -9.0, 1.0]

    ```
    """
    name = dtype(x)
    if name in lattice.COMPLEX:
        parts = [nan_to_num(part, nan, posinf, neginf) for part in (real(x), imag(x))]
        return add(parts[0], multiply(parts[1], 1j))
    if name not in lattice.FLOATS:
        return x
    limits = ml_dtypes.finfo(lattice.numpy_dtype(name))
    x = where(isnan(x), nan, x)
    x = where(equal(x, float("inf")), float(limits.max) if posinf is None else posinf, x)
    return where(equal(x, float("-inf")), float(limits.min) if neginf is None else neginf, x)


_SIGNED_CASES = [
    case(SPECIAL),
    case(draw(2, 3)),
    case([1, 2]),
    case([True]),
    case(draw(0)),
    case(draw(2, dtype="complex64"), raises=DTypeError, match="real numbers"),
]


@composite(
    infer=rules.elementwise("bool"),
    reference=np.isposinf,
    cases=_SIGNED_CASES,
    differentiable=False,
    real=True,
)
def isposinf(x: Tensor) -> Tensor:
    """Whether it is inf, entry by entry.

    Args:
        x: A tensor of any shape and real dtype.

    Returns:
        A bool tensor of the shape of `x`; of integers and bools all entries are false.

    Raises:
        DTypeError: `x` is complex, and so has many infinities.

    ```python
    >>> isposinf([1.0, float("inf"), float("-inf")]).tolist()
    [False, True, False]

    ```
    """
    return _is_infinity(x, float("inf"))


@composite(
    infer=rules.elementwise("bool"),
    reference=np.isneginf,
    cases=_SIGNED_CASES,
    differentiable=False,
    real=True,
)
def isneginf(x: Tensor) -> Tensor:
    """Whether it is -inf, entry by entry.

    Args:
        x: A tensor of any shape and real dtype.

    Returns:
        A bool tensor of the shape of `x`; of integers and bools all entries are false.

    Raises:
        DTypeError: `x` is complex, and so has many infinities.

    ```python
    >>> isneginf([1.0, float("inf"), float("-inf")]).tolist()
    [False, False, True]

    ```
    """
    return _is_infinity(x, float("-inf"))


def _is_infinity(x: Any, which: float) -> Any:
    return equal(x, which) if dtype(x) in lattice.FLOATS else isinf(x)
