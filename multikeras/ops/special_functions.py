"""Functions of physics and signal processing: the cardinal sine and the Bessel function of order 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import absolute, add, divide, multiply, square, subtract
from multikeras.ops.comparison import equal, less, where
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.exponential import exp, rsqrt
from multikeras.ops.trigonometry import sin


@composite(
    infer=rules.elementwise(rules.floating),
    reference=np.sinc,
    cases=[
        case(draw(2, 3)),
        case([0.0, 1.0, 0.5, -2.5]),
        case(draw()),
        case([float("nan")], gradient=False),
        case([0, 1, 2]),
        case([True, False]),
        case(draw(0, 2)),
    ],
)
def sinc(x: Tensor) -> Tensor:
    """Cardinal sine, entry by entry: `sin(pi x) / (pi x)`, 1 at 0.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> sinc([0.0, 0.5]).tolist()
    [1.0, 0.6366197466850281]

    ```
    """
    name = dtype(x)
    if name in ("float16", "bfloat16"):
        return cast(sinc(cast(x, "float32")), name)
    zero = equal(x, 0)
    phase = multiply(where(zero, 1.0, x), math.pi)
    # The start of the series at 0, for derivatives.
    return where(zero, subtract(1.0, multiply(square(x), math.pi**2 / 6)), divide(sin(phase), phase))


def _near(count: int) -> list[float]:
    return [1 / math.factorial(k) ** 2 for k in range(count)]


def _far(count: int) -> list[float]:
    return [math.prod((2 * j - 1) ** 2 / (8 * j) for j in range(1, k + 1)) for k in range(count)]


# Where the two series meet, and the factors of each that single and double precision ask for there.
_SINGLE = (10.0, _near(20), _far(16))
_DOUBLE = (20.0, _near(41), _far(21))


def _series(factors: list[float], x: Any) -> Any:
    """`f0 + f1 x + f2 x ** 2 + ...`"""
    result = add(multiply(x, factors[-1]), factors[-2])
    for factor in factors[-3::-1]:
        result = add(multiply(x, result), factor)
    return result


def _i0(x: Any) -> Any:
    import scipy.special

    return scipy.special.i0(x)


@composite(
    infer=rules.elementwise(rules.floating),
    reference=_i0,
    cases=[
        case(draw(2, 3)),
        case([0.0, 5.0, -7.5, 10.0], tolerance=16),
        case([19.9, 20.1, 50.0, 88.0], dtypes=("float32", "float64"), tolerance=512),
        case(draw()),
        case([float("nan"), float("inf")], gradient=False),
        case([1, 2]),
        case([True, False]),
        case(draw(0, 2)),
    ],
    real=True,
)
def i0(x: Tensor) -> Tensor:
    """Modified Bessel function of the first kind and order 0, entry by entry: `sum((x / 2)**(2 k) / k!**2)`.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, from 1 on.

    Source:
        M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 1964, eq. 9.6.12 near 0 and 9.7.1 beyond.

    ```python
    >>> i0([0.0, 1.0]).tolist()
    [1.0, 1.2660658359527588]

    ```
    """
    name = dtype(x)
    if name in ("float16", "bfloat16"):
        return cast(i0(cast(x, "float32")), name)
    meeting, close, distant = _SINGLE if name == "float32" else _DOUBLE
    size = absolute(x)
    below = less(size, meeting)
    # Not the smaller and the larger of both, which share the gradient where they are equal; nor the size near 0, whose
    # slope is 0 there, and so would be that of the slope.
    near = _series(close, multiply(square(where(below, x, meeting)), 0.25))
    beyond = where(below, meeting, size)
    # Half of the exponent at a time, since e ** x overflows before the result does.
    half = exp(multiply(beyond, 0.5))
    far = multiply(
        multiply(half, multiply(rsqrt(multiply(beyond, 2 * math.pi)), _series(distant, divide(1.0, beyond)))), half
    )
    return where(below, near, far)
