"""Singular values of matrices."""

from __future__ import annotations

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.spectra import svd


@rules.rule(cast="float")
def _singular_values_rule(x: Spec) -> Spec:
    if len(x.shape) < 2:
        raise ShapeError("Singular values are those of matrices, along the last two axes.", received=f"x={x}")
    rows, columns = x.shape[-2:]
    least = None if rows is None or columns is None else min(rows, columns)
    return Spec((*x.shape[:-2], least), rules.real_part(rules.floating(x.dtype)))


@composite(
    infer=_singular_values_rule,
    reference=lambda x: np.linalg.svd(x, compute_uv=False),
    cases=[
        case(draw(3, 4), dtypes=("float32", "float64")),
        case(draw(2, 4, 3), dtypes=("float32", "float64")),
        case(draw(2, 2), dtypes=("int32", "float16", "bfloat16", "complex64")),
        case(draw(0, 3), dtypes=("float16",)),
        case(draw(3), raises=ShapeError, match="matrices"),
    ],
)
def singular_values(x: Tensor) -> Tensor:
    """Singular values of matrices, the largest first.

    Args:
        x: A tensor of shape (..., rows, columns); integers are taken as floats.

    Returns:
        A real floating tensor of shape (..., min(rows, columns)).

    Raises:
        ShapeError: `x` has fewer than two axes.

    ```python
    >>> singular_values([[3.0, 0.0], [0.0, -4.0]]).tolist()
    [4.0, 3.0]

    ```
    """
    return svd(x, False, False)
