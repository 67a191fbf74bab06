"""Logic on truth values, and whether tensors are close to each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import absolute, add, multiply, subtract
from multikeras.ops.comparison import equal, less_equal
from multikeras.ops.finiteness import isfinite, isnan
from multikeras.ops.reduction import all


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.logical_and,
    cases=[
        case([True, True, False, False], [True, False, True, False]),
        case(draw(2, 1, dtype="bool"), draw(3, dtype="bool", salt=1)),
        case([0, 1, 2, -1], [1, 0, 3, 0]),
        case(SPECIAL, [1.0, 0.0, 0.0, 1.0, 0.0]),
        case([True, False], True),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
)
def logical_and(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether both are true, entry by entry.

    Args:
        x1: A tensor of any dtype; what is not 0 is true, nan too.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> logical_and([True, True, False], [True, False, False]).tolist()
    [True, False, False]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.logical_or,
    cases=[
        case([True, True, False, False], [True, False, True, False]),
        case(draw(2, 1, dtype="bool"), draw(3, dtype="bool", salt=1)),
        case([0, 1, 2, -1], [1, 0, 3, 0]),
        case(SPECIAL, [1.0, 0.0, 0.0, 1.0, 0.0]),
        case([True, False], True),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
)
def logical_or(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether one or both are true, entry by entry.

    Args:
        x1: A tensor of any dtype; what is not 0 is true, nan too.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> logical_or([True, True, False], [True, False, False]).tolist()
    [True, True, False]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.logical_xor,
    cases=[
        case([True, True, False, False], [True, False, True, False]),
        case(draw(2, 1, dtype="bool"), draw(3, dtype="bool", salt=1)),
        case([0, 1, 2, -1], [1, 0, 3, 0]),
        case(SPECIAL, [1.0, 0.0, 0.0, 1.0, 0.0]),
        case([True, False], True),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
)
def logical_xor(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether exactly one is true, entry by entry.

    Args:
        x1: A tensor of any dtype; what is not 0 is true, nan too.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> logical_xor([True, True, False], [True, False, False]).tolist()
    [False, True, False]

    ```
    """


@primitive(
    infer=rules.elementwise("bool"),
    reference=np.logical_not,
    cases=[case(draw(2, 3, dtype="bool")), case([0, 1, 2, -1]), case(SPECIAL), case(draw(0))],
    differentiable=False,
)
def logical_not(x: Tensor) -> Tensor:
    """Whether it is false, entry by entry.

    Args:
        x: A tensor of any dtype; what is not 0 is true, nan too.

    Returns:
        A bool tensor of the shape of `x`.

    ```python
    >>> logical_not([True, False]).tolist(), logical_not([0.0, 2.0]).tolist()
    ([False, True], [True, False])

    ```
    """


_CLOSE_CASES = [
    case(draw(2, 3), draw(2, 3)),
    case([1.0, 1.0, 0.0], [1.0 + 2e-6, 1.001, 1e-9], dtypes=("float32", "float64")),
    case([1.0, 1.0], [1.05, 1.2], rtol=0.0, atol=0.1),
    case([1.0, 1.0], [1.05, 1.2], rtol=0.1, atol=0.0),
    case([100, 3], [101, 3], rtol=0.0, atol=1.0),
    case([float("inf"), float("inf"), float("nan")], [float("inf"), float("-inf"), float("nan")]),
    case([float("inf"), 1.0, float("nan")], [1.0, float("inf"), float("nan")], equal_nan=True),
    case(draw(2, 1), draw(3)),
    case(draw(0), draw(0)),
    case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
]


@rules.rule(cast="float")
def _isclose_rule(x1: Spec, x2: Spec, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Spec:
    _check_tolerances(rtol, atol)
    return Spec(rules.broadcast_shapes(x1.shape, x2.shape), "bool")


def _check_tolerances(rtol: Any, atol: Any) -> None:
    for name, value in (("rtol", rtol), ("atol", atol)):
        rules.require_number(name, value)
        if isinstance(value, (int, float)) and not value >= 0:
            raise ArgumentError(f"`{name}` is 0 or more.", received=f"{name}={value}")


@composite(infer=_isclose_rule, reference=np.isclose, cases=_CLOSE_CASES, differentiable=False)
def isclose(x1: Tensor, x2: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether two numbers are equal within a tolerance, entry by entry: `|x1 - x2| <= atol + rtol * |x2|`.

    Infinities are close to themselves alone.

    Args:
        x1: A tensor of any dtype; integers are taken as floats.
        x2: A tensor that broadcasts with it.
        rtol: The tolerance in units of `|x2|`.
        atol: The absolute tolerance.
        equal_nan: Whether nan is close to nan.

    Returns:
        A bool tensor of the common shape.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> isclose([1.0, 1.0], [1.000001, 1.1]).tolist()
    [True, False]

    ```
    """
    near = less_equal(absolute(subtract(x1, x2)), add(multiply(absolute(x2), rtol), atol))
    close = logical_or(equal(x1, x2), logical_and(near, isfinite(x2)))
    return logical_or(close, logical_and(isnan(x1), isnan(x2))) if equal_nan else close


@rules.rule(cast="float")
def _allclose_rule(x1: Spec, x2: Spec, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Spec:
    _check_tolerances(rtol, atol)
    rules.broadcast_shapes(x1.shape, x2.shape)
    return Spec((), "bool")


@composite(infer=_allclose_rule, reference=np.allclose, cases=_CLOSE_CASES, differentiable=False)
def allclose(x1: Tensor, x2: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether all entries are equal within a tolerance: `all(isclose(x1, x2))`.

    Args:
        x1: A tensor of any dtype; integers are taken as floats.
        x2: A tensor that broadcasts with it.
        rtol: The tolerance in units of `|x2|`.
        atol: The absolute tolerance.
        equal_nan: Whether nan is close to nan.

    Returns:
        A scalar bool tensor.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> bool(allclose([1.0, 1.0], [1.000001, 1.1]))
    False

    ```
    """
    return all(isclose(x1, x2, rtol, atol, equal_nan))
