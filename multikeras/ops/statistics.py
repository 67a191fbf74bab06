"""Spread: variance and standard deviation."""

from __future__ import annotations

import numpy as np

from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Axis, Tensor
from multikeras.ops.arithmetic import square, subtract
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.exponential import sqrt
from multikeras.ops.reduction import mean

_CASES = [
    case(draw(2, 3)),
    case(draw(2, 3), axis=0),
    case(draw(2, 3, 4), axis=-1, keepdims=True),
    case(draw(2, 3, 4), axis=(0, -1)),
    case(draw(3, low=1000, high=1001), dtypes=("float64",)),
    case(draw(4, low=300, high=600), dtypes=("float16", "bfloat16"), tolerance=64),
    case([1, 2, 4]),
    case([True, False]),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
]


@composite(infer=rules.reduce(rules.floating), reference=np.var, cases=[*_CASES, case(draw(), gradient=False)])
def var(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Variance over axes: `mean((x - mean(x))**2)`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; nan over no entries.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> var([[1.0, 2.0], [3.0, 6.0]], axis=0).tolist()
    [1.0, 4.0]

    ```
    """
    dtype = dtype_of(x)
    narrow = dtype in ("float16", "bfloat16")
    if narrow:
        x = cast(x, "float32")
    spread = mean(square(subtract(x, mean(x, axis=axis, keepdims=True))), axis=axis, keepdims=keepdims)
    return cast(spread, dtype) if narrow else spread


@composite(infer=rules.reduce(rules.floating), reference=np.std, cases=_CASES)
def std(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Standard deviation over axes: `sqrt(var(x))`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; nan over no entries.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> std([[1.0, 2.0], [3.0, 6.0]], axis=0).tolist()
    [1.0, 2.0]

    ```
    """
    return sqrt(var(x, axis, keepdims))
