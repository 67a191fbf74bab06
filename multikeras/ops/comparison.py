"""Comparisons, logic and choice, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.equal,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(SPECIAL, 0.0),
        case(SPECIAL, SPECIAL),
        case([1, 2, 3], 2),
        case([True, False], [True, True]),
        case(draw(0), 1),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
)
def equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether they are equal, entry by entry: `x1 == x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape. nan differs from everything.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> equal([1.0, 2.0, 3.0], 2.0).tolist()
    [False, True, False]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.not_equal,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(SPECIAL, 0.0),
        case(SPECIAL, SPECIAL),
        case([1, 2, 3], 2),
        case([True, False], [True, True]),
        case(draw(0), 1),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
)
def not_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether they differ, entry by entry: `x1 != x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape. nan differs from everything.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> not_equal([1.0, 2.0, 3.0], 2.0).tolist()
    [True, False, True]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.greater,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(SPECIAL, 0.0),
        case(SPECIAL, SPECIAL),
        case([1, 2, 3], 2),
        case([True, False], [True, True]),
        case(draw(0), 1),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
    real=True,
)
def greater(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether the first is larger, entry by entry: `x1 > x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape. nan compares as false.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> greater([1.0, 2.0, 3.0], 2.0).tolist()
    [False, False, True]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.greater_equal,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(SPECIAL, 0.0),
        case(SPECIAL, SPECIAL),
        case([1, 2, 3], 2),
        case([True, False], [True, True]),
        case(draw(0), 1),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
    real=True,
)
def greater_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether the first is larger or equal, entry by entry: `x1 >= x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape. nan compares as false.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> greater_equal([1.0, 2.0, 3.0], 2.0).tolist()
    [False, True, True]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.less,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(SPECIAL, 0.0),
        case(SPECIAL, SPECIAL),
        case([1, 2, 3], 2),
        case([True, False], [True, True]),
        case(draw(0), 1),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
    real=True,
)
def less(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether the first is smaller, entry by entry: `x1 < x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape. nan compares as false.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> less([1.0, 2.0, 3.0], 2.0).tolist()
    [True, False, False]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype="bool"),
    reference=np.less_equal,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(SPECIAL, 0.0),
        case(SPECIAL, SPECIAL),
        case([1, 2, 3], 2),
        case([True, False], [True, True]),
        case(draw(0), 1),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
    real=True,
)
def less_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether the first is smaller or equal, entry by entry: `x1 <= x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A bool tensor of the common shape. nan compares as false.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> less_equal([1.0, 2.0, 3.0], 2.0).tolist()
    [True, True, False]

    ```
    """


@rules.rule(cast="promote", casts=("x1", "x2"))
def _where_rule(condition: Spec, x1: Spec | None = None, x2: Spec | None = None) -> Any:
    if x1 is None and x2 is None:
        if not condition.shape:
            raise ShapeError("Places are those in a tensor with axes.", received=f"condition={condition}")
        return tuple(Spec((None,), "int32") for _ in condition.shape)
    if x1 is None or x2 is None:
        raise ArgumentError(
            "ops.where takes both `x1` and `x2`, or neither.",
            received=f"x1={x1}, x2={x2}",
            hint="ops.where(condition, x, 0)",
        )
    return Spec(rules.broadcast_shapes(condition.shape, x1.shape, x2.shape), rules.same(rules.common(x1, x2)))


@primitive(
    infer=_where_rule,
    reference=lambda condition, x1=None, x2=None: np.where(condition) if x1 is None else np.where(condition, x1, x2),
    cases=[
        case(draw(2, 3, dtype="bool"), draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1, dtype="bool"), draw(3), 0),
        case(draw(2, 3, dtype="bool"), 1, 0.5),
        case([2, 0, -1], [1, 2, 3], [4, 5, 6]),
        case(True, draw(2), draw(2, salt=1)),
        case([True, False], [1.0, 2.0], [float("nan"), float("inf")], gradient=False),
        case([[True, False], [True, True]]),
        case([0.0, 2.0, 0.0]),
        case(True, raises=ShapeError, match="with axes"),
        case([True, False], 1.0, raises=ArgumentError, match="both"),
        case(draw(2, dtype="bool"), draw(3), 0, raises=ShapeError, match="broadcast"),
    ],
    differentiable=["x1", "x2"],
)
def where(condition: Tensor, x1: Tensor | None = None, x2: Tensor | None = None) -> Tensor:
    """`x1` where the condition holds and `x2` elsewhere, entry by entry; or the places where it holds.

    Args:
        condition: A tensor, of bools as a rule; what is not 0 is true.
        x1: A tensor that broadcasts with it, of any dtype.
        x2: Another.

    Returns:
        A tensor of the common shape of the three, and of the common dtype of `x1` and `x2`. Without these, a tuple
        with an int32 tensor for each axis of `condition`: the indices of the true entries, in row-major order.

    Raises:
        ShapeError: The shapes do not broadcast; or, without `x1` and `x2`, `condition` is a scalar.
        ArgumentError: Only one of `x1` and `x2` is given.

    ```python
    >>> where([True, False], [1.0, 2.0], 0.0).tolist()
    [1.0, 0.0]
    >>> [indices.tolist() for indices in where([[False, True], [True, False]])]
    [[0, 1], [1, 0]]

    ```
    """
