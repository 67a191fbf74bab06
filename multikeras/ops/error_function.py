"""The error function, its complement and its inverse, entry by entry."""

from __future__ import annotations

import math

import numpy as np

from multikeras.ops import _rules as rules
from multikeras.ops._op import primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor


def _erfinv(x: np.ndarray) -> np.ndarray:
    import scipy.special

    return scipy.special.erfinv(x)


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.vectorize(math.erf, otypes=["float64"]),
    cases=[
        case(draw(2, 3)),
        case(draw(7, low=-6, high=6)),
        case(draw(4, low=-1e-3, high=1e-3)),
        case(SPECIAL),
        case([1, -2]),
        case(draw()),
    ],
    real=True,
)
def erf(x: Tensor) -> Tensor:
    """Error function, entry by entry: `2 / sqrt(pi)` times the integral of `e ** -t**2` from 0 to `x`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [-1, 1].

    ```python
    >>> erf([0.0, float("inf")]).tolist()
    [0.0, 1.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.vectorize(math.erfc, otypes=["float64"]),
    cases=[
        case(draw(2, 3)),
        case(draw(7, low=-6, high=6), dtypes=("float32", "float64"), tolerance=64),
        case([5.0, 8.0], dtypes=("float32", "float64"), tolerance=128),
        case(SPECIAL),
        case([1, -2]),
    ],
    real=True,
)
def erfc(x: Tensor) -> Tensor:
    """What the error function lacks to 1, entry by entry: `1 - erf(x)`, exact for large `x` too.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [0, 2].

    ```python
    >>> erfc([0.0, float("inf")]).tolist()
    [1.0, 0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=_erfinv,
    cases=[
        case(draw(2, 3, low=-0.9, high=0.9)),
        case(draw(4, low=-1e-3, high=1e-3)),
        case([0.99, -0.998, 0.9995], dtypes=("float32", "float64"), tolerance=256),
        case([0.0, 1.0, -1.0, 1.5, float("nan")], gradient=False),
        case([0, 1], gradient=False),
    ],
    real=True,
)
def erfinv(x: Tensor) -> Tensor:
    """Inverse of the error function, entry by entry: the number whose `erf` is `x`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`: inf at 1, -inf at -1, nan beyond.

    ```python
    >>> erfinv([0.0, 1.0]).tolist()
    [0.0, inf]

    ```
    """
