"""Averages, spread and correlation."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Axis, Tensor
from multikeras.ops.arithmetic import absolute, divide, multiply, square, subtract
from multikeras.ops.comparison import equal, where
from multikeras.ops.complex_numbers import conj, real
from multikeras.ops.conversion import cast, ndim
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.diagonals import diagonal
from multikeras.ops.exponential import sqrt
from multikeras.ops.products import matmul
from multikeras.ops.reduction import max, mean, min, sum
from multikeras.ops.rounding import clip
from multikeras.ops.shaping import expand_dims, reshape, transpose

_CASES = [
    case(draw(2, 3)),
    case(draw(2, 3), axis=0),
    case(draw(2, 3, 4), axis=-1, keepdims=True),
    case(draw(2, 3, 4), axis=(0, -1)),
    case(draw(3, low=1000, high=1001), dtypes=("float64",)),
    case(draw(4, low=300, high=600), dtypes=("float16", "bfloat16"), tolerance=64),
    case([1, 2, 4]),
    case([True, False]),
    case(draw(2, 3, dtype="complex64"), axis=1),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
]


@rules.rule(cast="float")
def spread_rule(x: Spec, axis: Any = None, keepdims: bool = False) -> Spec:
    """The rule of variances: floats, real ones of complex numbers."""
    return Spec(rules.reduced_shape(x.shape, axis, keepdims), rules.real_part(rules.floating(x.dtype)))


@composite(infer=spread_rule, reference=np.var, cases=[*_CASES, case(draw(), gradient=False)])
def var(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Variance over axes: `mean(|x - mean(x)|**2)`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor, real for complex `x`; nan over no entries.

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
    centred = subtract(x, mean(x, axis=axis, keepdims=True))
    if dtype in ("complex64", "complex128"):
        centred = absolute(centred)
    spread = mean(square(centred), axis=axis, keepdims=keepdims)
    return cast(spread, dtype) if narrow else spread


@composite(infer=spread_rule, reference=np.std, cases=_CASES)
def std(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Standard deviation over axes: `sqrt(var(x))`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor, real for complex `x`; nan over no entries.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> std([[1.0, 2.0], [3.0, 6.0]], axis=0).tolist()
    [1.0, 2.0]

    ```
    """
    return sqrt(var(x, axis, keepdims))


def _weights_shape(shape: Shape, weights: Shape, axis: Any) -> Shape:
    """The shape in which weights meet the entries that they belong to.

    Raises:
        ShapeError: They are neither of the shape of the entries, nor of the sizes of the axes that are averaged over.
    """
    axes = rules.canonical_axes(axis, len(shape))
    if len(weights) == len(shape):
        wanted, result = shape, weights
    else:
        wanted = tuple(shape[i] for i in axes)
        if len(wanted) == len(weights) and axis is not None:
            sizes = dict(zip(axes, weights, strict=True))
            result = tuple(sizes.get(i, 1) for i in range(len(shape)))
    if len(wanted) != len(weights) or any(
        a is not None and b is not None and a != b for a, b in zip(wanted, weights, strict=True)
    ):
        raise ShapeError(
            "Weights have the shape of the entries, or the sizes of the axes that are averaged over.",
            received=f"shape {shape}, axis={axis}, weights of shape {weights}",
        )
    return result


@rules.rule(cast="float")
def _average_rule(x: Spec, axis: Any = None, weights: Spec | None = None) -> Spec:
    result = rules.reduced_shape(x.shape, axis, False)
    if weights is None:
        return Spec(result, rules.floating(x.dtype))
    _weights_shape(x.shape, weights.shape, axis)
    return Spec(result, rules.floating(rules.common(x, weights)))


# Bools drawn as weights may all be 0.
_WEIGHED = ("float32", "float64", "float16", "bfloat16", "int32")


def _average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    return np.average(x, tuple(axis) if isinstance(axis, list) else axis, weights)


@composite(
    infer=_average_rule,
    reference=_average,
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), axis=0),
        case(draw(2, 3, 4), axis=(0, -1)),
        case(draw(2, 3), weights=draw(2, 3, low=1.0, high=2.0, salt=1), dtypes=_WEIGHED),
        case(draw(2, 3), axis=1, weights=draw(3, low=1.0, high=2.0), dtypes=_WEIGHED),
        case(draw(2, 3, 4), axis=[2, 0], weights=draw(4, 2, low=1.0, high=2.0), dtypes=_WEIGHED),
        case(draw(2, 3, 4), axis=-2, weights=draw(2, 3, 4, low=1.0, high=3.0), dtypes=_WEIGHED),
        case(draw(3), weights=[1, 2, 3]),
        case(draw(), gradient=False),
        case([True, False, True], weights=[1.0, 2.0, 1.0]),
        case([1, 2, 4]),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
        case(draw(2, 3), weights=draw(3), raises=ShapeError, match="Weights have the shape"),
        case(draw(2, 3), axis=0, weights=draw(3), raises=ShapeError, match="Weights have the shape"),
    ],
)
def average(x: Tensor, axis: Axis = None, weights: Tensor | None = None) -> Tensor:
    """Weighted mean over axes: `sum(weights * x) / sum(weights)`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are averaged over, all of them by default.
        weights: A weight for each entry; or one for each place along the axes that are averaged over, in the order of
            `axis`. By default all are equal.

    Returns:
        A floating tensor of the common dtype; not finite where the weights add up to 0.

    Raises:
        ShapeError: There is no such axis, one is named twice, or the weights do not fit.

    ```python
    >>> average([[1.0, 2.0], [3.0, 6.0]], axis=1, weights=[3.0, 1.0]).tolist()
    [1.25, 3.75]

    ```
    """
    if weights is None:
        return mean(x, axis)
    given = dtype_of(x)
    if given in ("float16", "bfloat16"):
        return cast(average(cast(x, "float32"), axis, cast(weights, "float32")), given)
    _weights_shape(tuple(x.shape), tuple(weights.shape), axis)
    if ndim(weights) != ndim(x):
        axes = rules.canonical_axes(axis, ndim(x))
        order = tuple(sorted(range(len(axes)), key=lambda i: axes[i]))
        missing = tuple(i for i in range(ndim(x)) if i not in axes)
        weights = expand_dims(transpose(weights, order), missing) if missing else transpose(weights, order)
    # Of the shape of the entries, so that every entry counts.
    total = sum(weights, axis)
    return divide(sum(multiply(x, weights), axis), total)


@composite(
    infer=rules.reduce(rules.not_bool("ptp", "ops.any(x)"), nonempty=True),
    reference=lambda x, axis=None, keepdims=False: (
        np.max(x, axis=axis, keepdims=keepdims) - np.min(x, axis=axis, keepdims=keepdims)
    ),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), axis=0),
        case(draw(2, 3, 4), axis=(0, -1), keepdims=True),
        case(draw(), gradient=False),
        case(draw(0, 3), axis=1),
        case([5, -3, 1]),
        case([1.0, float("nan")], gradient=False),
        case([[1.0, float("inf")]], gradient=False),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
        case(draw(0, 3), axis=0, raises=ShapeError, match="empty"),
    ],
    real=True,
)
def ptp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Range over axes: the largest entry less the smallest.

    Args:
        x: A tensor of any shape and real dtype but bool.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A tensor of the dtype of `x`; nan where there is a nan.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.
        DTypeError: `x` is of bools.

    ```python
    >>> ptp([[1, 5], [3, 4]], axis=1).tolist()
    [4, 1]

    ```
    """
    return subtract(max(x, axis, keepdims), min(x, axis, keepdims))


@rules.rule(cast="float")
def _corrcoef_rule(x: Spec) -> Spec:
    if len(x.shape) > 2:
        raise ShapeError(
            "Correlations are those of the rows of a matrix, each a series of observations.", received=f"x={x}"
        )
    return Spec((x.shape[0], x.shape[0]) if len(x.shape) == 2 else (), rules.floating(x.dtype))


def _corrcoef(x: np.ndarray) -> Any:
    with np.errstate(invalid="ignore"):
        # NumPy takes the matrix of one row for a vector.
        return np.reshape(np.corrcoef(x), (len(x), len(x)) if x.ndim == 2 else ())


@composite(
    infer=_corrcoef_rule,
    reference=_corrcoef,
    cases=[
        case(draw(3, 5), tolerance=16),
        case(draw(2, 8, low=10, high=11), dtypes=("float32", "float64"), tolerance=256),
        case(draw(4), gradient=False),
        case([[1, 2, 4], [2, 4, 8]], gradient=False),
        case([[1.0, 2.0], [3.0, 3.0]], gradient=False),
        case(draw(2, 4, dtype="complex64"), gradient=False, tolerance=16),
        case(draw(2, 3, 4), raises=ShapeError, match="rows of a matrix"),
    ],
)
def corrcoef(x: Tensor) -> Tensor:
    """Correlation of each two rows: `c[i, j] / sqrt(c[i, i] c[j, j])` for their covariances `c` (Pearson).

    16-bit floats are computed with in 32 bits.

    Args:
        x: A matrix with a row for each variable and a column for each observation, or a vector: one variable.

    Returns:
        A floating tensor of shape (rows, rows), entries from -1 to 1; a scalar for a vector. nan for rows whose
        entries are all equal.

    Raises:
        ShapeError: There are more than two axes.

    ```python
    >>> corrcoef([[1.0, 2.0, 3.0], [4.0, 2.0, 0.0]]).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]

    ```
    """
    given = dtype_of(x)
    if given in ("float16", "bfloat16"):
        return cast(corrcoef(cast(x, "float32")), given)
    if ndim(x) > 2:
        raise ShapeError("one row or a matrix", received="")
    rows = x if ndim(x) == 2 else reshape(x, (1, -1))
    centred = subtract(rows, mean(rows, 1, True))
    complex_valued = given in ("complex64", "complex128")
    products = matmul(centred, transpose(conj(centred) if complex_valued else centred))
    spread = diagonal(products)
    deviation = sqrt(real(spread) if complex_valued else spread)
    scale = multiply(expand_dims(deviation, 1), deviation)
    flat = equal(scale, 0)
    scale = where(flat, 1.0, scale)
    result = divide(products, cast(scale, given) if complex_valued else scale)
    result = where(flat, float("nan"), result if complex_valued else clip(result, -1.0, 1.0))
    return result if ndim(x) == 2 else reshape(result, ())
