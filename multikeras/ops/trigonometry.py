"""Trigonometric and hyperbolic functions, their inverses and the hypotenuse, entry by entry. Angles are in radians."""

from __future__ import annotations

import numpy as np

from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import absolute, add, divide, multiply
from multikeras.ops.comparison import equal, greater, where
from multikeras.ops.exponential import sqrt
from multikeras.ops.finiteness import isinf
from multikeras.ops.logic import logical_or

# The range of a real argument: sines of complex numbers with such imaginary parts are out of range.
_REAL = ("float32", "float64", "float16", "bfloat16", "int32", "int8")


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.sin,
    cases=[
        case(draw(2, 3)),
        case(draw(3, low=-100, high=100), dtypes=_REAL),
        case(SPECIAL, gradient=False),
        case([1, -2]),
    ],
)
def sin(x: Tensor) -> Tensor:
    """Sine, entry by entry.

    Args:
        x: Radians: a tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [-1, 1]; nan where `x` is infinite.

    ```python
    >>> sin([0.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.cos,
    cases=[
        case(draw(2, 3)),
        case(draw(3, low=-100, high=100), dtypes=_REAL),
        case(SPECIAL, gradient=False),
        case([1, -2]),
    ],
)
def cos(x: Tensor) -> Tensor:
    """Cosine, entry by entry.

    Args:
        x: Radians: a tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [-1, 1]; nan where `x` is infinite.

    ```python
    >>> cos([0.0]).tolist()
    [1.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.tan,
    cases=[case(draw(2, 3, low=-1.2, high=1.2)), case(SPECIAL, gradient=False), case([1, -1])],
)
def tan(x: Tensor) -> Tensor:
    """Tangent, entry by entry: `sin(x) / cos(x)`.

    Args:
        x: Radians: a tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`; nan where `x` is infinite.

    ```python
    >>> tan([0.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.arcsin,
    cases=[
        case(draw(2, 3, low=-0.9, high=0.9)),
        case([*SPECIAL, 1.0, -1.0, 1.5], gradient=False),
        case([1, 0], gradient=False),
    ],
)
def arcsin(x: Tensor) -> Tensor:
    """Angle whose sine is `x`, entry by entry.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [-pi/2, pi/2]; nan where `x` is outside [-1, 1].

    ```python
    >>> arcsin([0.0, 1.0]).tolist()
    [0.0, 1.5707963705062866]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.arccos,
    cases=[
        case(draw(2, 3, low=-0.9, high=0.9)),
        case([*SPECIAL, 1.0, -1.0, 1.5], gradient=False),
        case([1, 0], gradient=False),
    ],
)
def arccos(x: Tensor) -> Tensor:
    """Angle whose cosine is `x`, entry by entry.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [0, pi]; nan where `x` is outside [-1, 1].

    ```python
    >>> arccos([1.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.arctan,
    cases=[case(draw(2, 3)), case(SPECIAL), case([1, -2])],
)
def arctan(x: Tensor) -> Tensor:
    """Angle whose tangent is `x`, entry by entry.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [-pi/2, pi/2].

    ```python
    >>> arctan([0.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype=rules.floating),
    reference=np.arctan2,
    cases=[
        case(draw(2, 3), draw(3, salt=1)),
        case([0.0, 0.0, -0.0, -0.0, 1.0, -1.0], [1.0, -1.0, 1.0, -1.0, 0.0, 0.0], gradient=False),
        case([float("inf"), float("inf"), 1.0, float("nan")], [float("inf"), 1.0, float("-inf"), 1.0], gradient=False),
        case([1, -1], [-1, -1]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def arctan2(x1: Tensor, x2: Tensor) -> Tensor:
    """Angle from the first axis to the point `(x2, x1)`, entry by entry.

    Args:
        x1: Second coordinates: a tensor of any dtype; integers are taken as floats.
        x2: First coordinates: a tensor that broadcasts with `x1`.

    Returns:
        A floating tensor of the common shape, in [-pi, pi].

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> arctan2([0.0, 1.0], [1.0, 0.0]).tolist()
    [0.0, 1.5707963705062866]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.sinh,
    cases=[case(draw(2, 3)), case(SPECIAL, gradient=False), case([1, -2])],
)
def sinh(x: Tensor) -> Tensor:
    """Hyperbolic sine, entry by entry: `(e ** x - e ** -x) / 2`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> sinh([0.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.cosh,
    cases=[case(draw(2, 3)), case(SPECIAL, gradient=False), case([1, -2])],
)
def cosh(x: Tensor) -> Tensor:
    """Hyperbolic cosine, entry by entry: `(e ** x + e ** -x) / 2`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, at least 1.

    ```python
    >>> cosh([0.0]).tolist()
    [1.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.tanh,
    cases=[case(draw(2, 3)), case(draw(4, low=-20, high=20)), case(SPECIAL), case([1, -2]), case(draw())],
)
def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent, entry by entry: `sinh(x) / cosh(x)`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [-1, 1].

    ```python
    >>> tanh([0.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.arcsinh,
    cases=[case(draw(2, 3)), case(SPECIAL, gradient=False), case([1, -2])],
)
def arcsinh(x: Tensor) -> Tensor:
    """Inverse of the hyperbolic sine, entry by entry: `ln(x + sqrt(x**2 + 1))`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> arcsinh([0.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.arccosh,
    cases=[case(draw(2, 3, low=1.5, high=4)), case([*SPECIAL, 1.0, 0.5], gradient=False), case([1, 2], gradient=False)],
)
def arccosh(x: Tensor) -> Tensor:
    """Inverse of the hyperbolic cosine, entry by entry: `ln(x + sqrt(x**2 - 1))`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`; nan where `x` is less than 1.

    ```python
    >>> arccosh([1.0]).tolist()
    [0.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.arctanh,
    cases=[case(draw(2, 3, low=-0.9, high=0.9)), case([*SPECIAL, 1.0, -1.0, 1.5], gradient=False), case([0])],
)
def arctanh(x: Tensor) -> Tensor:
    """Inverse of the hyperbolic tangent, entry by entry: `ln((1 + x) / (1 - x)) / 2`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`: inf at 1, -inf at -1, nan beyond.

    ```python
    >>> arctanh([0.0]).tolist()
    [0.0]

    ```
    """


@composite(
    infer=rules.broadcast(dtype=rules.floating),
    reference=np.hypot,
    cases=[
        case(draw(2, 3), draw(3, salt=1)),
        case([3.0, 0.0, 1.0], [4.0, 0.0, 1.0], gradient=False),
        case(
            [3e30, float("inf"), float("nan")], [4e30, float("nan"), 1.0], dtypes=("float32", "float64"), gradient=False
        ),
        case([3, 5], [4, 12]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def hypot(x1: Tensor, x2: Tensor) -> Tensor:
    """Length of the hypotenuse, entry by entry: `sqrt(x1**2 + x2**2)`, without overflow on the way.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A floating tensor of the common shape; inf where one of the two is infinite, even if the other is nan.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> hypot(3.0, [4.0]).tolist()
    [5.0]

    ```
    """
    a, b = absolute(x1), absolute(x2)
    larger = greater(a, b)
    long, short = where(larger, a, b), where(larger, b, a)
    ratio = divide(short, where(equal(long, 0.0), 1.0, long))
    length = multiply(long, sqrt(add(multiply(ratio, ratio), 1.0)))
    return where(logical_or(isinf(a), isinf(b)), float("inf"), length)
