"""Arithmetic, entry by entry."""

from __future__ import annotations

import numpy as np

from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor


@primitive(
    infer=rules.broadcast(),
    reference=np.add,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(draw(0, 3), draw(3)),
        case(draw(), 2),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
)
def add(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum, entry by entry: `x1 + x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype; of bools the logical or.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> add([1.0, 2.0], 1.0).tolist()
    [2.0, 3.0]

    ```
    """


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=np.exp,
    cases=[case(draw(2, 3)), case([0.0, -0.0, float("inf"), float("-inf"), float("nan")], gradient=False)],
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
