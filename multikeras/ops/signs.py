"""Sizes without signs, and the step from 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import absolute
from multikeras.ops.comparison import equal, greater, where
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.finiteness import isnan


@composite(
    infer=rules.elementwise(rules.floating),
    reference=np.fabs,
    cases=[
        case(draw(2, 3)),
        case(SPECIAL, gradient=False),
        case(draw()),
        case([-1, 2]),
        case([True, False]),
        case(draw(0, 2)),
    ],
    real=True,
)
def fabs(x: Tensor) -> Tensor:
    """Absolute value as a float, entry by entry.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> fabs([-1, 2]).tolist()
    [1.0, 2.0]

    ```
    """
    return absolute(x)


def _heaviside(x1: Any, x2: Any) -> Any:
    return np.heaviside(x1, x2)


@composite(
    infer=rules.broadcast(dtype=rules.floating),
    reference=_heaviside,
    cases=[
        case(draw(2, 3), draw(3, salt=1)),
        case([0.0, -0.0, float("inf"), float("-inf"), float("nan")], 0.5, gradient=False),
        case([0.0, 0.0, 1.0], [2.0, float("nan"), float("nan")], gradient=False),
        case([-1, 0, 3], 2),
        case([True, False], 0.5),
        case(draw(), 1.0),
        case(draw(0, 2), draw(2)),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def heaviside(x1: Tensor, x2: Tensor) -> Tensor:
    """The step function, entry by entry: 0 where `x1` is negative, 1 where it is positive, `x2` where it is 0.

    Args:
        x1: A tensor of any real dtype; integers are taken as floats.
        x2: A tensor that broadcasts with it.

    Returns:
        A floating tensor of the common shape; nan where `x1` is.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> heaviside([-2.0, 0.0, 3.0], 0.5).tolist()
    [0.0, 0.5, 1.0]

    ```
    """
    return where(isnan(x1), x1, where(equal(x1, 0), x2, cast(greater(x1, 0), dtype(x1))))
