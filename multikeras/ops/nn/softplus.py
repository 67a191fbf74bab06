"""Smooth rectifiers."""

from __future__ import annotations

import math

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, divide, multiply, square, subtract
from multikeras.ops.comparison import greater_equal, less_equal, where
from multikeras.ops.trigonometry import hypot


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: np.logaddexp(x, 0),
    cases=[
        case(draw(2, 3)),
        case(draw(4, low=-50, high=50)),
        case(SPECIAL, gradient=False),
        case([3, -3]),
        case([0.0]),
    ],
    real=True,
)
def softplus(x: Tensor) -> Tensor:
    """Smooth rectifier, entry by entry: `ln(1 + e ** x)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, at least 0.

    ```python
    >>> softplus([100.0, float("-inf")]).tolist()
    [100.0, 0.0]

    ```
    """


@rules.rule("float")
def _squareplus_rule(x: Spec, b: float = 4) -> Spec:
    rules.require_number("b", b)
    if isinstance(b, (int, float)) and not b >= 0:
        raise ArgumentError("`b` is 0 or more.", received=f"b={b}")
    return Spec(x.shape, rules.floating(x.dtype))


def _squareplus(x: np.ndarray, b: float = 4) -> np.ndarray:
    if not b:
        return np.maximum(x, 0.0)
    # Where x is negative, by the other root.
    return np.where(x > 0, (x + np.sqrt(x**2 + b)) / 2, b / 2 / (np.sqrt(x**2 + b) - np.minimum(x, 0)))


_squareplus_rule.elementwise = 1  # type: ignore[attr-defined]


@composite(
    infer=_squareplus_rule,
    reference=_squareplus,
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), b=1.0),
        case(draw(4, low=-300, high=300)),
        case([2.0, 3.0], b=0),
        case([2.0, 3.0], b=-1.0, raises=ArgumentError, match="0 or more"),
        case([0.0, float("inf"), float("nan")], gradient=False),
        case([3, -3]),
    ],
    real=True,
)
def squareplus(x: Tensor, b: float = 4) -> Tensor:
    """Smooth rectifier without exponentials, entry by entry: `(x + sqrt(x**2 + b)) / 2`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        b: How smooth: four times the square of the value at 0; at least 0.

    Returns:
        A floating tensor of the shape of `x`, at least 0.

    Source:
        J. T. Barron, "Squareplus: a softplus-like algebraic rectifier", 2021, eq. 1.

    ```python
    >>> squareplus([0.0, 1.5]).tolist()
    [1.0, 2.0]

    ```
    """
    root = hypot(x, math.sqrt(b))
    positive = greater_equal(x, 0.0)
    # Below 0 the two terms would cancel.
    return where(positive, multiply(add(x, root), 0.5), divide(b / 2, where(positive, 1.0, subtract(root, x))))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: np.where(x <= -1, 0, np.where(x >= 1, x, (x + 1) ** 2 / 4)),
    cases=[
        case(draw(2, 3)),
        case(SPECIAL, gradient=False),
        case([1, -1, 0]),
    ],
    real=True,
)
def sparse_plus(x: Tensor) -> Tensor:
    """Smooth rectifier that is exactly 0 up to -1 and exactly `x` from 1 on: `(x + 1)**2 / 4` between.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, at least 0.

    Source:
        A. F. T. Martins and R. F. Astudillo, "From softmax to sparsemax", ICML 2016.

    ```python
    >>> sparse_plus([-2.0, 0.0, 3.0]).tolist()
    [0.0, 0.25, 3.0]

    ```
    """
    middle = multiply(square(add(x, 1.0)), 0.25)
    return where(less_equal(x, -1.0), 0.0, where(greater_equal(x, 1.0), x, middle))
