"""What makes up for running means that start at zero."""

from __future__ import annotations

import math
from typing import Any

from multikeras import ops


def gathered(beta: float, step: Any) -> Any:
    """`1 - beta^step`: the weight that a running mean has gathered after so many steps, exact to the last digits.

    In float32 `1 - 0.999` has four digits left, and none in bfloat16.

    Args:
        beta: The weight of the past in the mean, in [0, 1).
        step: The number of steps, a scalar tensor.

    ```python
    >>> round(float(gathered(0.999, 1.0)) / 0.001, 6)
    1.0

    ```
    """
    if beta <= 0:
        return ops.ones_like(step)
    return ops.negative(ops.expm1(ops.multiply(step, math.log(beta))))
