"""Mean and variance together."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import NotSupportedError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.reduction import mean
from multikeras.ops.rounding import clip
from multikeras.ops.statistics import var


@rules.rule(cast="float")
def _moments_rule(x: Spec, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Spec, Spec]:
    result = Spec(rules.reduced_shape(x.shape, axes, keepdims), rules.floating(x.dtype))
    return result, result


def _moments(x: np.ndarray, axes: Any, keepdims: bool = False) -> tuple[np.ndarray, np.ndarray]:
    axes = tuple(axes) if isinstance(axes, list) else axes
    return np.mean(x, axis=axes, keepdims=keepdims), np.var(x, axis=axes, keepdims=keepdims)


@composite(
    infer=_moments_rule,
    reference=_moments,
    cases=[
        case(draw(2, 3), 0),
        case(draw(2, 3, 4), (0, -1), keepdims=True),
        case(draw(2, 3, 4), [1, 2]),
        case([1, 2, 4], 0),
        case(draw(4, low=300, high=600), 0, dtypes=("float16", "bfloat16"), tolerance=64),
        case(draw(2, 3), 2, raises=ShapeError, match="axis 2"),
        case(draw(2, 3), 0, synchronized=True, raises=NotSupportedError, match="replicas"),
    ],
    real=True,
)
def moments(
    x: Tensor, axes: int | tuple[int, ...] | list[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Tensor, Tensor]:
    """Mean and variance over axes: `mean(x)` and `mean((x - mean(x))**2)`.

    16-bit floats are computed with in 32 bits; results beyond their range are held at its ends.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axes: The axis or axes that are reduced.
        keepdims: Whether reduced axes stay, with size 1.
        synchronized: Whether the moments are taken over all replicas of a distributed computation.

    Returns:
        Two floating tensors, the mean and the variance.

    Raises:
        ShapeError: There is no such axis, or one is named twice.
        NotSupportedError: `synchronized`, on a backend without replicas.

    ```python
    >>> [m.tolist() for m in moments([1.0, 3.0], 0)]
    [2.0, 1.0]

    ```
    """
    if synchronized:
        raise NotSupportedError(
            "Moments over all replicas need a backend that has replicas.",
            received="synchronized=True",
            hint="synchronized=False: under automatic parallelism moments are global anyway",
        )
    given = dtype(x)
    if given not in ("float16", "bfloat16"):
        return mean(x, axes, keepdims), var(x, axes, keepdims)
    x = cast(x, "float32")
    limit = float(ml_dtypes.finfo(lattice.numpy_dtype(given)).max)
    center, spread = (clip(m, -limit, limit) for m in (mean(x, axes, keepdims), var(x, axes, keepdims)))
    return cast(center, given), cast(spread, given)
