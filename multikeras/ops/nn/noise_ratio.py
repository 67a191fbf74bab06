"""How far a picture is from another."""

from __future__ import annotations

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import multiply, square, subtract
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.exponential import log10
from multikeras.ops.reduction import mean


@rules.rule("float")
def _psnr_rule(x1: Spec, x2: Spec, max_val: Spec) -> Spec:
    if len(x1.shape) != len(x2.shape) or any(
        a != b and a is not None and b is not None for a, b in zip(x1.shape, x2.shape, strict=True)
    ):
        raise ShapeError("Both pictures have the same shape.", received=f"x1={x1}, x2={x2}")
    return Spec(max_val.shape, rules.floating(rules.common(x1, x2, max_val)))


@composite(
    infer=_psnr_rule,
    reference=lambda x1, x2, max_val: 20 * np.log10(max_val) - 10 * np.log10(np.mean((x1 - x2) ** 2)),
    cases=[
        case(draw(2, 3), draw(2, 3, low=-1.0, high=3.0, salt=1), 1.0, dtypes=("float32", "float64")),
        case(draw(2, 4, 4, 3), draw(2, 4, 4, 3, salt=1), 255, dtypes=("float32", "float64")),
        case([1, 2, 3], [3, 2, 2], 8),
        case([1.0, 2.0], [0.5, 2.5], [1.0, 2.0]),
        case(draw(2, 3), draw(3, 2), 1.0, raises=ShapeError, match="same shape"),
    ],
    real=True,
)
def psnr(x1: Tensor, x2: Tensor, max_val: Tensor) -> Tensor:
    """Peak signal-to-noise ratio: `20 log10(max_val) - 10 log10(mean((x1 - x2)**2))`.

    16-bit floats are computed with in 32 bits.

    Args:
        x1: A tensor of any real dtype; integers are taken as floats.
        x2: Another, of the same shape.
        max_val: The greatest value that entries may have, a number or a tensor.

    Returns:
        A floating tensor of the shape of `max_val`, in decibel; inf where both are equal.

    Raises:
        ShapeError: The shapes differ.

    ```python
    >>> float(psnr([0.0, 1.0], [1.0, 0.0], 10.0))
    20.0

    ```
    """
    first, second = tuple(x1.shape), tuple(x2.shape)
    if len(first) != len(second) or any(
        a != b and a is not None and b is not None for a, b in zip(first, second, strict=True)
    ):
        raise ShapeError("the same shape", received="")
    given = dtype(x1)
    if given in ("float16", "bfloat16"):
        return cast(psnr(cast(x1, "float32"), cast(x2, "float32"), cast(max_val, "float32")), given)
    noise = mean(square(subtract(x1, x2)))
    return subtract(multiply(log10(max_val), 20.0), multiply(log10(noise), 10.0))
