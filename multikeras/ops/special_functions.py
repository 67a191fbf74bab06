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
from multikeras.ops.rounding import maximum, minimum
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


# Where the two series meet: the first needs 40 terms there, the second is exact to 1e-17.
_MEETING = 20.0
_NEAR = [1 / k**2 for k in range(1, 41)]
_FAR = [(2 * k - 1) ** 2 / (8 * k) for k in range(1, 21)]


def _series(ratios: list[float], x: Any) -> Any:
    """`1 + r1 x (1 + r2 x (1 + ...))`: nothing of it, nor of its gradient, is larger than the sum's terms."""
    result = add(multiply(x, ratios[-1]), 1.0)
    for ratio in ratios[-2::-1]:
        result = add(multiply(multiply(x, ratio), result), 1.0)
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
        M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 1964, eq. 9.6.12 near 0 and 9.7.1 beyond 20.

    ```python
    >>> i0([0.0, 1.0]).tolist()
    [1.0, 1.2660658359527588]

    ```
    """
    name = dtype(x)
    if name in ("float16", "bfloat16"):
        return cast(i0(cast(x, "float32")), name)
    size = absolute(x)
    near = _series(_NEAR, multiply(square(minimum(size, _MEETING)), 0.25))
    beyond = maximum(size, _MEETING)
    # Half of the exponent at a time, since e ** x overflows before the result does.
    half = exp(multiply(beyond, 0.5))
    far = multiply(
        multiply(half, multiply(rsqrt(multiply(beyond, 2 * math.pi)), _series(_FAR, divide(1.0, beyond)))), half
    )
    return where(less(size, _MEETING), near, far)
