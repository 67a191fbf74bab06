"""Exponentials, logarithms and roots, entry by entry."""

from __future__ import annotations

import math

import numpy as np

from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import absolute, add, divide, multiply, power, subtract
from multikeras.ops.comparison import equal, greater, where
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.finiteness import isinf
from multikeras.ops.logic import logical_and
from multikeras.ops.rounding import sign


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.exp,
    cases=[case(draw(2, 3)), case(SPECIAL, gradient=False), case(draw(0)), case(draw()), case([1, -2])],
)
def exp(x: Tensor) -> Tensor:
    """Exponential, entry by entry: `e ** x`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> exp([0.0]).tolist()
    [1.0]

    ```
    """


@composite(
    infer=rules.elementwise(rules.floating),
    reference=np.exp2,
    cases=[case(draw(2, 3)), case(SPECIAL, gradient=False), case([3, -2, 0])],
)
def exp2(x: Tensor) -> Tensor:
    """Power of two, entry by entry: `2 ** x`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> exp2([3.0, -1.0]).tolist()
    [8.0, 0.5]

    ```
    """
    return power(2.0, x)


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.expm1,
    cases=[case(draw(2, 3)), case(draw(4, low=-1e-3, high=1e-3)), case(SPECIAL, gradient=False), case([1, -2])],
)
def expm1(x: Tensor) -> Tensor:
    """Exponential less one, entry by entry: `e ** x - 1`, exact for small `x`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> expm1([0.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.log,
    cases=[
        case(draw(2, 3, low=0.1, high=4)),
        case([*SPECIAL, -1.0], gradient=False),
        case(draw(0)),
        case([1, 8], gradient=False),
    ],
)
def log(x: Tensor) -> Tensor:
    """Natural logarithm, entry by entry: `ln(x)`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`: -inf at 0, nan below it.

    ```python
    >>> log([1.0]).tolist()
    [0.0]

    ```
    """


@composite(
    infer=rules.elementwise(rules.floating),
    reference=np.log2,
    cases=[case(draw(2, 3, low=0.1, high=4)), case([*SPECIAL, -1.0], gradient=False), case([1, 8])],
)
def log2(x: Tensor) -> Tensor:
    """Logarithm to the base 2, entry by entry: `ln(x) / ln(2)`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`: -inf at 0, nan below it.

    ```python
    >>> log2([8.0, 0.5]).tolist()
    [3.0, -1.0]

    ```
    """
    return multiply(log(x), 1 / math.log(2))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=np.log10,
    cases=[case(draw(2, 3, low=0.1, high=4)), case([*SPECIAL, -1.0], gradient=False), case([1, 100])],
)
def log10(x: Tensor) -> Tensor:
    """Logarithm to the base 10, entry by entry: `ln(x) / ln(10)`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`: -inf at 0, nan below it.

    ```python
    >>> log10([10.0, 1.0]).tolist()
    [1.0, 0.0]

    ```
    """
    return multiply(log(x), 1 / math.log(10))


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.log1p,
    cases=[
        case(draw(2, 3, low=-0.9, high=4)),
        case(draw(4, low=-1e-3, high=1e-3)),
        case([*SPECIAL, -1.0, -2.0], gradient=False),
        case([0, 1]),
    ],
)
def log1p(x: Tensor) -> Tensor:
    """Logarithm of one more, entry by entry: `ln(1 + x)`, exact for small `x`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`: -inf at -1, nan below it.

    ```python
    >>> log1p([0.0]).tolist()
    [0.0]

    ```
    """


@composite(
    infer=rules.broadcast(dtype=rules.floating),
    reference=np.logaddexp,
    cases=[
        case(draw(2, 3), draw(3, salt=1)),
        case([1e3, -1e3, 0.0], [1e3, -1e3, 1e3], dtypes=("float32", "float64"), gradient=False),
        case([1.0, 1.0], [1.0, -1.0]),
        case(SPECIAL, 1.0, gradient=False),
        case(SPECIAL, SPECIAL, gradient=False),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def logaddexp(x1: Tensor, x2: Tensor) -> Tensor:
    """Logarithm of the sum of exponentials, entry by entry: `ln(e ** x1 + e ** x2)`, without overflow.

    Args:
        x1: A tensor of any dtype; integers are taken as floats.
        x2: A tensor that broadcasts with it.

    Returns:
        A floating tensor of the common shape.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> logaddexp([float("-inf")], 2.0).tolist()
    [2.0]

    ```
    """
    larger = greater(x1, x2)
    high, low = where(larger, x1, x2), where(larger, x2, x1)
    # Of two infinities that are one, there is no difference.
    behind = where(logical_and(isinf(high), equal(high, low)), 0.0, subtract(low, high))
    return add(high, log1p(exp(behind)))


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.sqrt,
    cases=[case(draw(2, 3, low=0.1, high=4)), case([*SPECIAL, -1.0], gradient=False), case([4, 9]), case(draw(0, 2))],
)
def sqrt(x: Tensor) -> Tensor:
    """Square root, entry by entry.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`: nan where `x` is negative.

    ```python
    >>> sqrt([4.0, 9.0]).tolist()
    [2.0, 3.0]

    ```
    """


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: 1.0 / np.sqrt(x),
    cases=[case(draw(2, 3, low=0.1, high=4)), case([0.0, float("inf"), -1.0], gradient=False), case([4, 16])],
)
def rsqrt(x: Tensor) -> Tensor:
    """Reciprocal of the square root, entry by entry: `1 / sqrt(x)`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`: inf at 0, nan where `x` is negative.

    ```python
    >>> rsqrt([4.0, 0.25]).tolist()
    [0.5, 2.0]

    ```
    """
    return divide(1.0, sqrt(x))


@composite(
    infer=rules.broadcast(dtype=rules.floating),
    reference=np.logaddexp2,
    cases=[
        case(draw(2, 3), draw(3, salt=1)),
        case([1e3, -1e3, 0.0], [1e3, -1e3, 1e3], dtypes=("float32", "float64"), gradient=False),
        case([1.0, 1.0], [1.0, -1.0]),
        case(SPECIAL, 1.0, gradient=False),
        case(SPECIAL, SPECIAL, gradient=False),
        case([1, 2], [True, False]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def logaddexp2(x1: Tensor, x2: Tensor) -> Tensor:
    """Base-2 logarithm of the sum of powers of 2, entry by entry: `log2(2 ** x1 + 2 ** x2)`, without overflow.

    Args:
        x1: A tensor of any real dtype; integers are taken as floats.
        x2: A tensor that broadcasts with it.

    Returns:
        A floating tensor of the common shape.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> logaddexp2([3.0], 3.0).tolist()
    [4.0]

    ```
    """
    larger = greater(x1, x2)
    high, low = where(larger, x1, x2), where(larger, x2, x1)
    # Of two infinities that are one, there is no difference.
    behind = where(logical_and(isinf(high), equal(high, low)), 0.0, subtract(low, high))
    return add(high, multiply(log1p(exp2(behind)), 1 / math.log(2)))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=np.cbrt,
    cases=[
        case(draw(2, 3, low=0.1, high=4), tolerance=16),
        case([-8.0, 27.0, -0.5], tolerance=16),
        case(SPECIAL, gradient=False),
        case([8, -27], tolerance=16),
        case([True, False], gradient=False),
        case(draw(0, 2)),
    ],
    real=True,
)
def cbrt(x: Tensor) -> Tensor:
    """Cube root, entry by entry: negative where `x` is.

    Args:
        x: A tensor of any real dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> cbrt([1.0, -1.0]).tolist()
    [1.0, -1.0]

    ```
    """
    name = dtype(x)
    if name in ("float16", "bfloat16"):
        return cast(cbrt(cast(x, "float32")), name)
    return multiply(sign(x), power(absolute(x), 1 / 3))
