"""Whole numbers near by, signs and bounds, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor

_HALVES = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]
# At the next decimal: which float16 and bfloat16 have near them, but ten times of which they have not.
_NEARLY_HALVES = [1.4502, -1.05, 0.35, 2.35, 0.65]


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.floor,
    cases=[
        case(draw(2, 3), gradient=False),
        case(_HALVES, gradient=False),
        case(SPECIAL, gradient=False),
        case([1, -2]),
    ],
    differentiable=False,
    real=True,
)
def floor(x: Tensor) -> Tensor:
    """Greatest whole number not above `x`, entry by entry.

    Args:
        x: A tensor of any dtype.

    Returns:
        A floating tensor of the shape of `x`; integers become floats.

    ```python
    >>> floor([1.5, -1.5]).tolist()
    [1.0, -2.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.ceil,
    cases=[
        case(draw(2, 3), gradient=False),
        case(_HALVES, gradient=False),
        case(SPECIAL, gradient=False),
        case([1, -2]),
    ],
    differentiable=False,
    real=True,
)
def ceil(x: Tensor) -> Tensor:
    """Least whole number not below `x`, entry by entry.

    Args:
        x: A tensor of any dtype.

    Returns:
        A floating tensor of the shape of `x`; integers become floats.

    ```python
    >>> ceil([1.5, -1.5]).tolist()
    [2.0, -1.0]

    ```
    """


@primitive(
    infer=rules.elementwise(),
    reference=np.trunc,
    cases=[
        case(draw(2, 3), gradient=False),
        case(_HALVES, gradient=False),
        case(SPECIAL, gradient=False),
        case([1, -2]),
        case([True, False]),
    ],
    differentiable=False,
    real=True,
)
def trunc(x: Tensor) -> Tensor:
    """Whole part of `x`, entry by entry: what is left when the decimals are cut off.

    Args:
        x: A tensor of any dtype.

    Returns:
        A tensor of the shape and dtype of `x`.

    ```python
    >>> trunc([1.5, -1.5]).tolist()
    [1.0, -1.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.no_bool),
    reference=lambda x, decimals=0: np.round(x, decimals),
    cases=[
        case(draw(2, 3), gradient=False),
        case(_HALVES, gradient=False),
        case(SPECIAL, gradient=False),
        case([1.26, -1.24], 1, gradient=False),
        case([126.0, -124.0], decimals=-1, gradient=False),
        case(_NEARLY_HALVES, 1, gradient=False, dtypes=("float16", "bfloat16"), tolerance=1),
        case([12, -17], 2),
        case([12, -17, 15, 25], -1),
        case([True, False]),
    ],
    differentiable=False,
)
def round(x: Tensor, decimals: int = 0) -> Tensor:
    """`x` to so many decimals, entry by entry; halves go to the even neighbour.

    Args:
        x: A tensor of any dtype.
        decimals: How many decimals are kept; negative ones are places before the point.

    Returns:
        A tensor of the shape and dtype of `x`; int32 for bools.

    ```python
    >>> round([0.5, 1.5, 2.26]).tolist(), round([17, 23], -1).tolist()
    ([0.0, 2.0, 2.0], [20, 20])

    ```
    """


@primitive(
    infer=rules.elementwise(rules.no_bool),
    reference=np.sign,
    cases=[
        case(draw(2, 3)),
        case(SPECIAL, gradient=False),
        case([3, 0, -2]),
        case([True, False]),
        case(np.array([0j, 3 + 4j, -2j], "complex64"), gradient=False),
    ],
)
def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1 as `x` is negative, zero or positive, entry by entry; of complex numbers `x / abs(x)`, 0 at 0.

    The gradient is 0 for real numbers, and for complex ones at 0.

    Args:
        x: A tensor of any dtype.

    Returns:
        A tensor of the shape and dtype of `x`; int32 for bools; nan where `x` is.

    ```python
    >>> sign([-1.5, 0.0, 2.0]).tolist(), sign([2j]).tolist()
    ([-1.0, 0.0, 1.0], [1j])

    ```
    """


@primitive(
    infer=rules.broadcast(),
    reference=np.maximum,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(draw(2, 3), 0),
        case([1.0, float("nan"), float("-inf")], [float("nan"), 1.0, 0.0], gradient=False),
        case([True, False], [False, False]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def maximum(x1: Tensor, x2: Tensor) -> Tensor:
    """Larger of two, entry by entry; nan where one is.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> maximum([-1.0, 2.0], 0.0).tolist()
    [0.0, 2.0]

    ```
    """


@primitive(
    infer=rules.broadcast(),
    reference=np.minimum,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(draw(2, 3), 0),
        case([1.0, float("nan"), float("inf")], [float("nan"), 1.0, 0.0], gradient=False),
        case([True, False], [False, False]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def minimum(x1: Tensor, x2: Tensor) -> Tensor:
    """Smaller of two, entry by entry; nan where one is.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> minimum([-1.0, 2.0], 0.0).tolist()
    [-1.0, 0.0]

    ```
    """


def _clip(x: np.ndarray, x_min: Any, x_max: Any) -> np.ndarray:
    if x_min is not None:
        x = np.maximum(x, x_min)
    return x if x_max is None else np.minimum(x, x_max)


@rules.rule(cast="number")
def _clip_rule(x: Spec, x_min: Spec | None, x_max: Spec | None) -> Spec:
    given = [spec for spec in (x, x_min, x_max) if spec is not None]
    return Spec(rules.broadcast_shapes(*(spec.shape for spec in given)), rules.no_bool(rules.common(*given)))


@composite(
    infer=_clip_rule,
    reference=_clip,
    cases=[
        case(draw(2, 3), 0, 1),
        case(draw(2, 3), -1.0, 1.0),
        case(draw(2, 3), None, 0.5),
        case(draw(2, 3), draw(3, low=-1, high=0), None),
        case(draw(3), draw(2, 1, low=-1, high=0), draw(2, 3, low=0, high=1)),
        case([float("nan"), float("inf"), float("-inf")], -1.0, 1.0, gradient=False),
        case([3, -3], -1, 1),
        case([3, -3], -1.5, 1.5),
        case([True, False], 0, 1),
        case(draw(2), draw(3), 1, raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def clip(x: Tensor, x_min: Tensor | None, x_max: Tensor | None) -> Tensor:
    """`x` held between two bounds, entry by entry: `minimum(maximum(x, x_min), x_max)`.

    Args:
        x: A tensor of any dtype.
        x_min: The lower bound: a number, a tensor that broadcasts with `x`, or `None` for no bound.
        x_max: The upper bound, likewise; it wins where the two cross.

    Returns:
        A tensor of the common shape and dtype; int32 for bools.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> clip([-2.0, 0.5, 2.0], -1.0, 1.0).tolist()
    [-1.0, 0.5, 1.0]

    ```
    """
    if x_min is not None:
        x = maximum(x, x_min)
    return x if x_max is None else minimum(x, x_max)
