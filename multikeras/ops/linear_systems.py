"""Systems of linear equations, and inverses of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _matrices as of
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import divide, multiply, subtract
from multikeras.ops.comparison import greater, where
from multikeras.ops.complex_numbers import conj
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.creation import eye, zeros_like
from multikeras.ops.decompositions import exchanged, known_sizes, lu_factor, wide
from multikeras.ops.diagonals import tril, triu
from multikeras.ops.joining import concatenate
from multikeras.ops.products import matmul
from multikeras.ops.reduction import max, sum
from multikeras.ops.shaping import broadcast_to, expand_dims, squeeze, swapaxes
from multikeras.ops.singular_values import singular_values
from multikeras.ops.spectra import svd

_VECTOR = [1.0, -0.5, 2.0]
_RIGHT = [[1.0, 0.5], [-0.5, 2.0], [0.25, 1.0]]
_LOWER = [[2.0, 9.0, 9.0], [-0.5, 1.5, 9.0], [1.0, 0.25, 3.0]]


def is_vector(a: Any, b: Any) -> bool:
    """Whether right sides are vectors: with one axis less than the matrices.

    Raises:
        ShapeError: They are neither vectors nor matrices.
    """
    if len(b.shape) == len(a.shape) - 1:
        return True
    if len(b.shape) < 2:
        raise ShapeError("Matrices lie along the last two axes.", received=f"b of shape {tuple(b.shape)}")
    return False


def _solve_shape(a: Spec, b: Spec) -> tuple[int | None, ...]:
    size = of.square(a, "a")
    if not b.shape:
        raise ShapeError("The right side of equations has one entry for each.", received=f"a={a}, b={b}")
    vector = is_vector(a, b)
    rows = b.shape[-1] if vector else of.matrices(b, "b")[0]
    if rows is not None and size is not None and rows != size:
        raise ShapeError("The right side of equations has one row for each.", received=f"a={a}, b={b}")
    lead = rules.broadcast_shapes(a.shape[:-2], b.shape[:-1] if vector else b.shape[:-2])
    return (*lead, size) if vector else (*lead, size, b.shape[-1])


@rules.rule(cast="float")
def _solve_rule(a: Spec, b: Spec) -> Spec:
    return Spec(_solve_shape(a, b), rules.floating(rules.common(a, b)))


@rules.rule(cast="float")
def _triangular_rule(a: Spec, b: Spec, lower: bool = False) -> Spec:
    return Spec(_solve_shape(a, b), rules.floating(rules.common(a, b)))


def _solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.solve(a, b[..., None])[..., 0] if is_vector(a, b) else np.linalg.solve(a, b)


def _solve_triangular(a: np.ndarray, b: np.ndarray, lower: bool = False) -> np.ndarray:
    return _solve(np.tril(a) if lower else np.triu(a), b)


_BAD = [
    case(draw(3), draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
    case(draw(2, 3), draw(2), dtypes=("float32",), raises=ShapeError, match="square"),
    case(draw(2, 2), draw(3), dtypes=("float32",), raises=ShapeError, match="one row for each"),
    case(draw(0, 3, 3), draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
]


@composite(
    infer=_triangular_rule,
    reference=_solve_triangular,
    cases=[
        case(_LOWER, _RIGHT, lower=True, tolerance=32),
        case(of.GENERAL, _RIGHT, tolerance=32),
        case(of.GENERAL, _VECTOR, tolerance=32),
        case([of.GENERAL, of.DEFINITE], [_RIGHT, _RIGHT], tolerance=32),
        case([of.GENERAL, of.DEFINITE], [_VECTOR, _VECTOR], lower=True, tolerance=32),
        case([[1, 2], [0, 4]], [[1], [2]], dtypes=("float32",)),
        case([[2.0, 1j], [0.5, 3.0]], [1.0, 2.0], dtypes=("float32", "float64"), tolerance=32),
        case([[2.0, 1j], [0.5j, 3.0]], [1.0, 2j], lower=True, dtypes=("float32", "float64"), tolerance=32),
        *_BAD,
    ],
)
def solve_triangular(a: Tensor, b: Tensor, lower: bool = False) -> Tensor:
    """Solutions `x` of `a @ x == b` for triangular matrices.

    16-bit floats are computed with in 32 bits.

    Args:
        a: A tensor of shape (..., n, n), of which one triangle is read; integers are taken as floats.
        b: The right sides: a tensor of shape (..., n, m), or vectors of shape (..., n), with one axis less than `a`.
        lower: Whether it is the lower triangle; else the upper one.

    Returns:
        A floating tensor of the shape of `b`. inf or nan where a number on the diagonal is 0.

    Raises:
        ShapeError: `a` is not square, or `b` does not fit.

    ```python
    >>> solve_triangular([[2.0, 1.0], [0.0, 4.0]], [4.0, 8.0]).tolist()
    [1.0, 2.0]

    ```
    """
    _solve_shape(Spec(tuple(a.shape), "float32"), Spec(tuple(b.shape), "float32"))
    if is_vector(a, b):
        return squeeze(solve_triangular(a, expand_dims(b, -1), lower), -1)
    dtype, a, b = dtype_of(a), wide(a), wide(b)
    size = known_sizes(a, "solve_triangular")[-1]
    found: Any = None
    for i in range(size) if lower else range(size - 1, -1, -1):
        row = b[..., i : i + 1, :]
        if found is not None:
            known = a[..., i : i + 1, :i] if lower else a[..., i : i + 1, i + 1 :]
            row = subtract(row, matmul(known, found))
        row = divide(row, a[..., i : i + 1, i : i + 1])
        found = row if found is None else concatenate([found, row] if lower else [row, found], -2)
    return cast(b if found is None else found, dtype)


def _explain_singular(a: np.ndarray, b: np.ndarray | None = None) -> None:
    try:
        np.linalg.inv(a)
    except np.linalg.LinAlgError:
        raise ArgumentError(
            "A matrix with an inverse has no rows that are sums of others.",
            received=f"a singular matrix, shape {a.shape}",
            hint="ops.linalg.lstsq or ops.linalg.pinv",
        ) from None


@composite(
    infer=_solve_rule,
    explain=_explain_singular,
    reference=_solve,
    cases=[
        case(of.GENERAL, _RIGHT, tolerance=64),
        case(of.GENERAL, _VECTOR, tolerance=64),
        case(of.BATCH, [_RIGHT, _RIGHT], tolerance=64),
        case(of.BATCH, [_VECTOR, _VECTOR], tolerance=64),
        case([[1, 2], [3, 4]], [[1], [2]], dtypes=("float32",), tolerance=64),
        case([[2.0, 1j], [0.5, 3.0]], [1.0, 2.0], dtypes=("float32", "float64"), tolerance=32),
        *_BAD,
    ],
)
def solve(a: Tensor, b: Tensor) -> Tensor:
    """Solutions `x` of `a @ x == b`.

    16-bit floats are computed with in 32 bits.

    Args:
        a: A tensor of shape (..., n, n); integers are taken as floats.
        b: The right sides: a tensor of shape (..., n, m), or vectors of shape (..., n), with one axis less than `a`.

    Returns:
        A floating tensor of the shape of `b`. For singular matrices it is up to the framework whether it raises.

    Raises:
        ShapeError: `a` is not square, or `b` does not fit.

    ```python
    >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 8.0]).tolist()
    [1.0, 2.0]

    ```
    """
    _solve_shape(Spec(tuple(a.shape), "float32"), Spec(tuple(b.shape), "float32"))
    if is_vector(a, b):
        return squeeze(solve(a, expand_dims(b, -1)), -1)
    dtype, a, b = dtype_of(a), wide(a), wide(b)
    size = known_sizes(a, "solve")[-1]
    lu, pivots = lu_factor(a)
    lead = rules.broadcast_shapes(tuple(a.shape[:-2]), tuple(b.shape[:-2]))
    b = broadcast_to(b, (*lead, *b.shape[-2:]))
    for j in range(size):
        b = exchanged(b, j, broadcast_to(pivots[..., j], lead))
    lower = tril(lu, -1) + eye(size, dtype=dtype_of(lu))
    return cast(solve_triangular(triu(lu), solve_triangular(lower, b, True)), dtype)


@rules.rule(cast="float")
def _inv_rule(x: Spec) -> Spec:
    of.square(x)
    return Spec(x.shape, of.floating(x))


@composite(
    infer=_inv_rule,
    explain=_explain_singular,
    reference=np.linalg.inv,
    cases=[
        case(of.GENERAL, tolerance=64),
        case(of.BATCH, tolerance=64),
        case([[1, 2], [3, 5]], dtypes=("float32",), tolerance=256),
        case([[2.0, 1j], [0.5, 3.0]], dtypes=("float32", "float64"), tolerance=32),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
        case(draw(2, 3), dtypes=("float32",), raises=ShapeError, match="square"),
    ],
)
def inv(x: Tensor) -> Tensor:
    """Inverses of square matrices.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., n, n); integers are taken as floats.

    Returns:
        A floating tensor of the same shape. For singular matrices it is up to the framework whether it raises.

    Raises:
        ShapeError: `x` is no square matrix.

    ```python
    >>> inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.25]]

    ```
    """
    return solve(x, broadcast_to(eye(x.shape[-1], dtype=dtype_of(x)), shape_of(x)))


@rules.rule(cast="float")
def _cholesky_inverse_rule(x: Spec, upper: bool = False) -> Spec:
    of.square(x)
    return Spec(x.shape, of.floating(x))


def _cholesky_inverse(x: np.ndarray, upper: bool = False) -> np.ndarray:
    half = np.triu(x) if upper else np.tril(x)
    other = np.conj(np.swapaxes(half, -1, -2))
    return np.linalg.inv(other @ half if upper else half @ other)


@composite(
    infer=_cholesky_inverse_rule,
    reference=_cholesky_inverse,
    cases=[
        case(_LOWER, tolerance=64),
        case(of.GENERAL, upper=True, tolerance=64),
        case([_LOWER, of.DEFINITE], tolerance=64),
        case([[1, 0], [3, 5]], dtypes=("float32",), tolerance=64),
        case([[2.0, 0.0], [1j, 3.0]], dtypes=("float32", "float64"), tolerance=64),
        case([[2.0, 1j], [0.0, 3.0]], upper=True, dtypes=("float32", "float64"), tolerance=64),
        case(draw(2, 3), dtypes=("float32",), raises=ShapeError, match="square"),
    ],
)
def cholesky_inverse(x: Tensor, upper: bool = False) -> Tensor:
    """Inverses of the matrices whose Cholesky roots are given: of `x @ x.T`, or of `x.T @ x` for `upper`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., n, n), of which one triangle is read; integers are taken as floats.
        upper: Whether it is the upper triangle; else the lower one.

    Returns:
        A floating tensor of the same shape.

    Raises:
        ShapeError: `x` is no square matrix.

    ```python
    >>> cholesky_inverse([[2.0, 0.0], [0.0, 4.0]]).tolist()
    [[0.25, 0.0], [0.0, 0.0625]]

    ```
    """
    dtype, y = dtype_of(x), wide(x)
    sizes = shape_of(y)
    half = solve_triangular(y, broadcast_to(eye(sizes[-1], dtype=dtype_of(y)), sizes), not upper)
    other = conj(swapaxes(half, -1, -2))
    return cast(matmul(half, other) if upper else matmul(other, half), dtype)


@rules.rule(cast="float")
def _pinv_rule(x: Spec, rcond: float | None = None) -> Spec:
    rows, columns = of.matrices(x)
    return Spec((*x.shape[:-2], columns, rows), of.floating(x))


def _pinv(x: np.ndarray, rcond: float | None = None) -> np.ndarray:
    return np.linalg.pinv(x, rcond=1e-5 if rcond is None else rcond)


_TALL = [[1.0, 0.5], [-2.0, 1.5], [0.5, 1.0]]
_WIDE = [[2.0, 0.5, -1.0], [-0.5, 1.5, 1.0]]


@composite(
    infer=_pinv_rule,
    reference=_pinv,
    cases=[
        case(of.GENERAL, tolerance=64),
        case(_TALL, tolerance=64),
        case(_WIDE, tolerance=64),
        case(of.BATCH, tolerance=64),
        case([[2.0, 1j], [0.5, 3.0], [1j, -1.0]], dtypes=("float32", "float64"), tolerance=64),
        case([[1.0, 2.0], [2.0, 4.0]], dtypes=("float32", "float64"), tolerance=64, gradient=False),
        case([[4.0, 0.5], [0.5, 0.25]], rcond=0.1, dtypes=("float32", "float64"), tolerance=64, gradient=False),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
    ],
)
def pinv(x: Tensor, rcond: float | None = None) -> Tensor:
    """Pseudo-inverses of matrices: `v @ diag(1 / s) @ u.T` of their singular values and vectors.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., rows, columns); integers are taken as floats.
        rcond: Singular values up to this part of the largest one are taken as 0. By default the larger size times the
            distance from 1 to the next number of the dtype.

    Returns:
        A floating tensor of shape (..., columns, rows).

    Raises:
        ShapeError: `x` has fewer than two axes.

    Source: Penrose, "A generalized inverse for matrices" (1955).

    ```python
    >>> pinv([[2.0, 0.0], [0.0, 0.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.0]]

    ```
    """
    dtype, y = dtype_of(x), wide(x)
    u, s, vh = svd(y, False, True)
    part = _smallest_part(y) if rcond is None else rcond
    kept = greater(s, multiply(max(s, -1, True, 0), part))
    inverse = where(kept, divide(1.0, where(kept, s, 1.0)), zeros_like(s))
    scaled = multiply(conj(swapaxes(vh, -1, -2)), expand_dims(cast(inverse, dtype_of(u)), -2))
    return cast(matmul(scaled, conj(swapaxes(u, -1, -2))), dtype)


def _smallest_part(x: Any) -> Any:
    """What part of the largest singular value rounding leaves in the place of 0."""
    eps = 2.0**-52 if dtype_of(x) in ("float64", "complex128") else 2.0**-23
    rows, columns = shape_of(x)[-2:]
    if isinstance(rows, int) and isinstance(columns, int):
        return float(rows if rows > columns else columns) * eps
    return cast(max([rows, columns]), "float64" if eps < 1e-10 else "float32") * eps


@rules.rule(cast="float")
def _lstsq_rule(a: Spec, b: Spec, rcond: float | None = None) -> Spec:
    rows, columns = of.matrices(a, "a")
    if len(a.shape) != 2 or len(b.shape) not in (1, 2):
        raise ShapeError("Least squares are those of one matrix.", received=f"a={a}, b={b}")
    if rows is not None and b.shape[0] is not None and rows != b.shape[0]:
        raise ShapeError("The right side of equations has one row for each.", received=f"a={a}, b={b}")
    return Spec((columns, *b.shape[1:]), rules.floating(rules.common(a, b)))


def _lstsq(a: np.ndarray, b: np.ndarray, rcond: float | None = None) -> np.ndarray:
    return np.linalg.lstsq(a, b, 1e-5 if rcond is None else rcond)[0]


@composite(
    infer=_lstsq_rule,
    reference=_lstsq,
    cases=[
        case(_TALL, _VECTOR, tolerance=64),
        case(_TALL, _RIGHT, tolerance=64),
        case(_WIDE, [1.0, 2.0], tolerance=64),
        case([[4.0, 0.5], [0.5, 0.25]], [1.0, 2.0], rcond=0.1, dtypes=("float32",), tolerance=64, gradient=False),
        case([[1, 2], [3, 5]], [1, 2], dtypes=("float32",), tolerance=256),
        case([[2.0, 1j], [0.5, 3.0], [1j, -1.0]], [1.0, 2j, 0.5], dtypes=("float32", "float64"), tolerance=64),
        case(draw(2, 3, 3), draw(3), dtypes=("float32",), raises=ShapeError, match="one matrix"),
        case(draw(3, 2), draw(2), dtypes=("float32",), raises=ShapeError, match="one row for each"),
    ],
)
def lstsq(a: Tensor, b: Tensor, rcond: float | None = None) -> Tensor:
    """The shortest of the `x` for which `norm(a @ x - b)` is least.

    16-bit floats are computed with in 32 bits.

    Args:
        a: A tensor of shape (rows, columns); integers are taken as floats.
        b: The right sides, of shape (rows,) or (rows, m).
        rcond: Singular values of `a` up to this part of the largest one are taken as 0. By default the larger size
            times the distance from 1 to the next number of the dtype.

    Returns:
        A floating tensor of shape (columns,) or (columns, m).

    Raises:
        ShapeError: `a` is not one matrix, or `b` does not fit.

    ```python
    >>> import multikeras as keras
    >>> x = lstsq([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0])
    >>> keras.ops.round(x, 4).tolist()
    [1.0, 2.0]

    ```
    """
    _lstsq_rule(Spec(tuple(a.shape), "float32"), Spec(tuple(b.shape), "float32"))
    dtype, a, b = dtype_of(a), wide(a), wide(b)
    return cast(matmul(pinv(a, rcond), b), dtype)


@rules.rule(cast="float")
def _rank_rule(x: Spec, tol: float | None = None) -> Spec:
    of.matrices(x)
    return Spec(x.shape[:-2], "int32")


def _matrix_rank(x: np.ndarray, tol: float | None = None) -> np.ndarray:
    values = np.linalg.svd(x, compute_uv=False)
    bound = values.max(-1, keepdims=True, initial=0) * 1e-5 if tol is None else tol
    return (values > bound).sum(-1)


@composite(
    infer=_rank_rule,
    reference=_matrix_rank,
    differentiable=False,
    cases=[
        case(of.BATCH, dtypes=of.REAL_FLOATS),
        case([[1.0, 2.0], [2.0, 4.0]], dtypes=("float32", "float64")),
        case([[0.0, 0.0], [0.0, 0.0]], dtypes=("float32",)),
        case([[4.0, 0.0], [0.0, 0.5]], tol=1.0, dtypes=("float32",)),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
    ],
)
def matrix_rank(x: Tensor, tol: float | None = None) -> Tensor:
    """How many singular values of matrices are above a bound.

    Args:
        x: A tensor of shape (..., rows, columns); integers are taken as floats.
        tol: The bound. By default the largest singular value times the larger size times the distance from 1 to the
            next number of the dtype.

    Returns:
        An int32 tensor of shape (...,).

    Raises:
        ShapeError: `x` has fewer than two axes.

    ```python
    >>> int(matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
    1

    ```
    """
    y = wide(x)
    values = singular_values(y)
    bound = multiply(max(values, -1, True, 0), _smallest_part(y)) if tol is None else tol
    return sum(cast(greater(values, bound), "int32"), -1)
