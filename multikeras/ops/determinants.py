"""Determinants of matrices, and their logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _matrices as of
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import abs, multiply
from multikeras.ops.comparison import not_equal
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.decompositions import lu_factor, wide
from multikeras.ops.diagonals import diagonal
from multikeras.ops.exponential import log
from multikeras.ops.ranges import arange
from multikeras.ops.reduction import prod, sum
from multikeras.ops.rounding import sign


@rules.rule(cast="float")
def _det_rule(x: Spec) -> Spec:
    of.square(x)
    return Spec(x.shape[:-2], of.floating(x))


@rules.rule(cast="float")
def _slogdet_rule(x: Spec) -> tuple[Spec, Spec]:
    of.square(x)
    dtype = of.floating(x)
    return Spec(x.shape[:-2], dtype), Spec(x.shape[:-2], rules.real_part(dtype))


_CASES = [
    case(of.GENERAL, tolerance=32),
    case(of.BATCH, tolerance=32),
    case([[1, 2], [3, 5]], dtypes=("float32",), tolerance=64),
    case([[2.0, 1j], [0.5, 3.0]], dtypes=("float32", "float64"), tolerance=64),
    case(draw(1, 1), dtypes=("float32",)),
    case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
    case(draw(2, 3), dtypes=("float32",), raises=ShapeError, match="square"),
]


def _eliminated(x: Any) -> tuple[Any, Any]:
    """The diagonal after elimination, and the sign of the exchanges of rows."""
    of.square(Spec(tuple(x.shape), "float32"))
    lu, pivots = lu_factor(x)
    moved = cast(not_equal(pivots, arange(pivots.shape[-1], dtype="int32")), "int32")
    return diagonal(lu, 0, -2, -1), cast(1 - 2 * (sum(moved, -1) % 2), dtype_of(x))


@composite(infer=_det_rule, reference=np.linalg.det, cases=_CASES)
def det(x: Tensor) -> Tensor:
    """Determinants of square matrices.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., n, n); integers are taken as floats.

    Returns:
        A floating tensor of shape (...,).

    Raises:
        ShapeError: `x` is no square matrix.

    ```python
    >>> float(det([[2.0, 0.0], [0.0, 4.0]]))
    8.0

    ```
    """
    dtype = dtype_of(x)
    pivots, turns = _eliminated(wide(x))
    return cast(multiply(turns, prod(pivots, -1)), dtype)


@composite(infer=_slogdet_rule, reference=np.linalg.slogdet, cases=_CASES)
def slogdet(x: Tensor) -> tuple[Tensor, Tensor]:
    """Signs of determinants, and logarithms of their absolute values: neither overflows.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., n, n); integers are taken as floats.

    Returns:
        `(sign, logarithm)`, of shape (...,) each. The sign is 1, -1 or 0, of complex matrices any number of length 1.

    Raises:
        ShapeError: `x` is no square matrix.

    ```python
    >>> sign, logarithm = slogdet([[1.0, 0.0], [0.0, -1.0]])
    >>> float(sign), float(logarithm)
    (-1.0, 0.0)

    ```
    """
    dtype = dtype_of(x)
    pivots, turns = _eliminated(wide(x))
    sizes = abs(pivots)
    return cast(multiply(turns, prod(sign(pivots), -1)), dtype), cast(sum(log(sizes), -1), rules.real_part(dtype))


@rules.rule(cast="float")
def _logdet_rule(x: Spec) -> Spec:
    return _slogdet_rule(x)[1]


@composite(infer=_logdet_rule, reference=lambda x: np.linalg.slogdet(x)[1], cases=_CASES)
def logdet(x: Tensor) -> Tensor:
    """Logarithms of the absolute values of determinants.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., n, n); integers are taken as floats.

    Returns:
        A real floating tensor of shape (...,).

    Raises:
        ShapeError: `x` is no square matrix.

    ```python
    >>> float(logdet([[1.0, 0.0], [0.0, 1.0]]))
    0.0

    ```
    """
    return slogdet(x)[1]
