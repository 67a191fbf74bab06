"""Distances between the vectors of two collections."""

from __future__ import annotations

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import absolute, square, subtract
from multikeras.ops.comparison import equal, where
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.creation import ones_like, zeros_like
from multikeras.ops.exponential import sqrt
from multikeras.ops.reduction import sum
from multikeras.ops.shaping import expand_dims


@rules.rule("float")
def _cdist_rule(x: Spec, y: Spec) -> Spec:
    shown = f"x={x}, y={y}"
    if len(x.shape) < 2 or len(y.shape) < 2:
        raise ShapeError("The vectors of `cdist` are the rows of matrices.", received=shown, hint="x[None, :]")
    sizes = x.shape[-1], y.shape[-1]
    if None not in sizes and sizes[0] != sizes[1]:
        raise ShapeError("The vectors of `cdist` have one size.", received=shown)
    batch = rules.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    dtype = rules.real_part(rules.floating(rules.common(x, y)))
    return Spec((*batch, x.shape[-2], y.shape[-2]), dtype)


def _cdist(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pair by pair."""
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x, y = (np.broadcast_to(each, batch + each.shape[-2:]) for each in (x, y))
    found = np.zeros((*batch, x.shape[-2], y.shape[-2]))
    for place in np.ndindex(*found.shape):
        *sample, i, j = place
        found[place] = np.linalg.norm(x[(*sample, i)] - y[(*sample, j)])
    return found


@composite(
    infer=_cdist_rule,
    reference=_cdist,
    cases=[
        case(draw(3, 4), draw(2, 4, salt=1)),
        case(draw(2, 3, 2), draw(4, 2)),
        case(draw(2, 1, 3, 2), draw(5, 1, 2, salt=1)),
        case([[0.0, 0.0], [3.0, 4.0]], [[3.0, 4.0]]),
        case([[0.0, float("inf")], [float("nan"), 1.0]], [[0.0, 1.0]], gradient=False),
        case(draw(2, 3), draw(2, 3, salt=1, dtype="int32"), dtypes=("float32", "float64", "bfloat16")),
        case(draw(2, 3, low=300.0, high=400.0), draw(2, 3), dtypes=("float16",)),
        case(np.array([[1j, 2.0]], "complex64"), np.array([[1.0, 0.0], [1j, 2j]], "complex64")),
        case(draw(0, 3), draw(2, 3)),
        case(draw(2, 0), draw(3, 0)),
        case(draw(3), draw(2, 3), raises=ShapeError, match="rows of matrices"),
        case(draw(2, 3), draw(2, 4), raises=ShapeError, match="have one size"),
        case(draw(2, 2, 3), draw(3, 2, 3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def cdist(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean distances of all pairs, `result[..., i, j] = |x[..., i, :] - y[..., j, :]|`.

    16-bit floats are computed with in 32 bits. The gradient at distance 0 is 0.

    Args:
        x: Vectors, shape (..., m, size), of any dtype; integers are taken as floats.
        y: Others, shape (..., n, size). The leading axes of both broadcast.

    Returns:
        A real floating tensor of shape (..., m, n).

    Raises:
        ShapeError: The vectors have different sizes, there are no rows, or the leading axes do not broadcast.

    ```python
    >>> cdist([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]]).tolist()
    [[5.0, 1.0]]

    ```
    """
    _cdist_rule(Spec(tuple(x.shape), "float32"), Spec(tuple(y.shape), "float32"))
    given = dtype_of(x)
    if given in ("float16", "bfloat16"):
        return cast(cdist(cast(x, "float32"), cast(y, "float32")), given)
    apart = subtract(expand_dims(x, -2), expand_dims(y, -3))
    if given in ("complex64", "complex128"):
        apart = absolute(apart)
    total = sum(square(apart), -1)
    # The root has no derivative at 0, which a point's distance to itself comes to.
    none = equal(total, 0)
    return where(none, zeros_like(total), sqrt(where(none, ones_like(total), total)))
