"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Axis, Tensor
from multikeras.ops.arithmetic import absolute, power, square
from multikeras.ops.comparison import not_equal
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.exponential import sqrt
from multikeras.ops.reduction import max, min, sum
from multikeras.ops.shaping import expand_dims, moveaxis
from multikeras.ops.singular_values import singular_values

_MATRIX_ORDERS = (None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
_SPECTRAL_ORDERS = ("nuc", 2, -2)


def _norm_axes(ndim: int, order: Any, axis: Any) -> tuple[int, ...]:
    """The axes of the vectors or matrices of which norms are taken; all of them for the norm of all entries.

    Raises:
        ArgumentError: There is no such norm.
        ShapeError: Without an axis, `order` needs a vector or a matrix; or the axes are no vector's or matrix's.
    """
    axes = rules.canonical_axes(axis, ndim)
    if axis is None and order is None:
        return axes
    if len(axes) not in (1, 2):
        raise ShapeError(
            "A norm is that of a vector, along one axis, or of a matrix, along two.",
            received=f"{ndim} axes, axis={axis}, ord={order!r}",
            hint="axis=-1",
        )
    if len(axes) == 2 and order not in _MATRIX_ORDERS:
        raise ArgumentError(
            "The order of a matrix's norm is None, 'fro', 'nuc', 1, -1, 2, -2, inf or -inf.", received=f"ord={order!r}"
        )
    if len(axes) == 1 and not (order is None or isinstance(order, (int, float))):
        raise ArgumentError("The order of a vector's norm is a number.", received=f"ord={order!r}", hint="ord=2")
    return axes


@rules.rule(cast="float")
def _norm_rule(x: Spec, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Spec:
    axes = _norm_axes(len(x.shape), ord, axis)
    # Along which of them a minimum is taken.
    least = {-1: axes[1:], -2: axes, -math.inf: axes[:1]} if len(axes) == 2 else {-math.inf: axes}
    if any(x.shape[i] == 0 for i in least.get(ord, ())):
        raise ShapeError("A minimum is taken over at least one entry.", received=f"empty {x}, ord={ord!r}")
    return Spec(rules.reduced_shape(x.shape, axes, keepdims), rules.real_part(rules.floating(x.dtype)))


def _norm(x: np.ndarray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    return np.linalg.norm(x, ord, tuple(axis) if isinstance(axis, list) else axis, keepdims)


@composite(
    infer=_norm_rule,
    reference=_norm,
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3, 4), keepdims=True),
        case(draw()),
        case(draw(2, 3), axis=1),
        case(draw(2, 3, 4), axis=(0, -1), keepdims=True),
        *(case(draw(4), ord) for ord in (math.inf, -math.inf, 1, 2, 3, 0.5, -1)),
        case([0.0, 2.0, -1.0], 0, gradient=False),
        case(draw(2, 3), 3, -1, keepdims=True),
        *(case(draw(3, 4), ord) for ord in ("fro", "nuc", math.inf, -math.inf, 1, -1, 2, -2)),
        *(case(draw(2, 3, 4), ord, (2, 0), keepdims=True) for ord in ("fro", "nuc", math.inf, -1, 2)),
        case([3, 4]),
        case(draw(0, 3), axis=0, gradient=False),
        case(draw(0, 3), 2, gradient=False),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
        case(draw(2, 3, 4), 2, raises=ShapeError, match="vector"),
        case(draw(2, 3), 3, raises=ArgumentError, match="order of a matrix"),
        case(draw(3), "nuc", raises=ArgumentError, match="order of a vector"),
        case(draw(0), -math.inf, raises=ShapeError, match="at least one"),
    ],
)
def norm(x: Tensor, ord: int | float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Norm of vectors, `sum(|x|**ord)**(1 / ord)`, or of matrices.

    | `ord` | of a vector | of a matrix |
    |---|---|---|
    | None | 2 | "fro" |
    | "fro" | | root of the sum of squares |
    | "nuc" | | sum of the singular values |
    | inf, -inf | largest, smallest `abs(x)` | largest, smallest sum of `abs(x)` over a row |
    | 0 | number of entries that are not 0 | |
    | 1, -1 | as above | largest, smallest sum of `abs(x)` over a column |
    | 2, -2 | as above | largest, smallest singular value |
    | another number | as above | |

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of any dtype; integers are taken as floats.
        ord: Which norm.
        axis: The axis of vectors, or the axes of rows and columns of matrices. By default `x` is one vector or matrix,
            of any number of axes where `ord` is `None` too.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor, real for complex `x`.

    Raises:
        ShapeError: There is no such axis, or the axes are neither one nor two.
        ArgumentError: There is no such norm.

    ```python
    >>> norm([[3.0, 4.0], [0.0, 0.0]], axis=1).tolist(), float(norm([[3.0, 4.0], [0.0, 0.0]], ord=1))
    ([5.0, 0.0], 4.0)

    ```
    """
    axes = _norm_axes(len(x.shape), ord, axis)
    given = dtype(x)
    if given in ("float16", "bfloat16"):
        return cast(norm(cast(x, "float32"), ord, axis, keepdims), given)
    if ord in (None, "fro") or (ord == 2 and len(axes) == 1):
        size = absolute(x) if given in ("complex64", "complex128") else x
        return sqrt(sum(square(size), axes, keepdims))
    if len(axes) == 2 and ord in _SPECTRAL_ORDERS:
        return _spectral(x, ord, axes, keepdims)
    size = absolute(x)
    if len(axes) == 2:
        sums = sum(size, axes[1] if ord in (math.inf, -math.inf) else axes[0], True)
        return max(sums, axes, keepdims, 0) if ord in (1, math.inf) else min(sums, axes, keepdims)
    if ord in (math.inf, -math.inf):
        return max(size, axes, keepdims, 0) if ord == math.inf else min(size, axes, keepdims)
    if ord == 0:
        return cast(sum(not_equal(size, 0.0), axes, keepdims), dtype(size))
    if ord == 1:
        return sum(size, axes, keepdims)
    assert isinstance(ord, (int, float))
    return power(sum(power(size, float(ord)), axes, keepdims), 1.0 / ord)


def _spectral(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    values = singular_values(moveaxis(x, axes, (-2, -1)))
    result = sum(values, -1) if order == "nuc" else max(values, -1, False, 0) if order == 2 else min(values, -1)
    return expand_dims(result, tuple(sorted(axes))) if keepdims else result
