"""Matrices as products of triangular and orthogonal ones."""

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
from multikeras.ops.arithmetic import abs, divide, multiply, subtract
from multikeras.ops.comparison import equal, greater, greater_equal, where
from multikeras.ops.complex_numbers import conj, real
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.creation import eye, ones_like, zeros, zeros_like
from multikeras.ops.diagonals import triu
from multikeras.ops.exponential import sqrt
from multikeras.ops.indexing import take, take_along_axis
from multikeras.ops.joining import stack
from multikeras.ops.looping import scan_flat
from multikeras.ops.products import matmul
from multikeras.ops.ranges import arange
from multikeras.ops.reduction import argmax, sum
from multikeras.ops.rounding import minimum
from multikeras.ops.shaping import broadcast_to, expand_dims, moveaxis, squeeze, swapaxes


def known_sizes(x: Any, op: str) -> tuple[int, ...]:
    """The shape of a tensor, all of it.

    Raises:
        ShapeError: A size is unknown.
    """
    shape = tuple(x.shape)
    if None in shape:
        raise ShapeError(f"Without a kernel of the framework's, ops.{op} needs known sizes.", received=f"shape {shape}")
    return shape


def wide(x: Any) -> Any:
    """`x` in 32 bits where it has 16: what is left after many subtractions would be little."""
    return cast(x, "float32") if dtype_of(x) in ("float16", "bfloat16") else x


@rules.rule(cast="float")
def _cholesky_rule(x: Spec, upper: bool = False) -> Spec:
    of.square(x)
    return Spec(x.shape, of.floating(x))


def _explain_cholesky(x: np.ndarray, upper: bool = False) -> None:
    wide = np.asarray(x, np.complex128)
    values = np.linalg.eigvalsh((wide + np.conj(np.swapaxes(wide, -1, -2))) / 2)
    lowest = np.min(values, initial=np.inf)
    # Below that rounding decides.
    digits = np.finfo(np.float64 if x.dtype.name in ("float64", "complex128") else np.float32).eps
    if not lowest > x.shape[-1] * digits * np.max(np.abs(values), initial=0.0):
        raise ArgumentError(
            "Positive definite matrices have a Cholesky decomposition.", received=f"smallest eigenvalue {lowest:.3g}"
        )


def _cholesky(x: np.ndarray, upper: bool = False) -> np.ndarray:
    lower = np.linalg.cholesky((x + np.conj(np.swapaxes(x, -1, -2))) / 2)
    return np.conj(np.swapaxes(lower, -1, -2)) if upper else lower


def _symmetric(x: Any) -> Any:
    return multiply(x + conj(swapaxes(x, -1, -2)), 0.5)


@composite(
    infer=_cholesky_rule,
    reference=_cholesky,
    explain=_explain_cholesky,
    cases=[
        case(of.DEFINITE, tolerance=16),
        case(of.DEFINITE, upper=True, tolerance=16),
        case([of.DEFINITE, [[2.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 1.0]]], dtypes=of.REAL_FLOATS, tolerance=16),
        case([[2, 1], [1, 3]], dtypes=("float32",)),
        case([[2.0, 1j], [-1j, 3.0]], dtypes=("float32", "float64")),
        case([[2.0, 1j], [-1j, 3.0]], upper=True, dtypes=("float32", "float64")),
        case([[1.0, 2.0], [2.0, 1.0]], dtypes=("float32",), raises=ArgumentError, match="Positive definite"),
        case([[1.0, 9.0], [0.0, 1.0]], dtypes=("float32",), raises=ArgumentError, match="Positive definite"),
        case(draw(1, 3), dtypes=("float32",), raises=ShapeError, match="square"),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
        case(draw(1, 0), dtypes=("float32",), raises=ShapeError, match="square"),
        case(draw(2, 3), dtypes=("float32",), raises=ShapeError, match="square"),
    ],
)
def cholesky(x: Tensor, upper: bool = False) -> Tensor:
    """Triangular roots of positive definite matrices: `x == y @ y.T`, or `x == y.T @ y` for `upper`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., n, n), symmetric or, where complex, Hermitian; of others the mean of `x` and its
            conjugate transpose is taken. Integers are taken as floats.
        upper: Whether the root is upper triangular; else it is lower triangular.

    Returns:
        A floating tensor of the shape of `x`. In compiled steps, which can't raise, nan where `x` is not positive
        definite.

    Raises:
        ShapeError: `x` is no square matrix.
        ArgumentError: `x` is not positive definite.

    ```python
    >>> cholesky([[4.0, 2.0], [2.0, 5.0]]).tolist()
    [[2.0, 0.0], [1.0, 2.0]]

    ```
    """
    of.square(Spec(tuple(x.shape), "float32"))
    dtype, y = dtype_of(x), _symmetric(wide(x))
    size = known_sizes(x, "cholesky")[-1]
    places, columns = arange(size), []
    for j in range(size):
        column = y[..., :, j]
        for before in columns:
            column = subtract(column, multiply(before, conj(before[..., j : j + 1])))
        pivot = sqrt(column[..., j : j + 1])
        columns.append(where(greater_equal(places, j), divide(column, pivot), zeros_like(column)))
    lower = stack(columns, -1) if columns else y
    if not bool(_finite(lower)):
        raise ValueError("not positive definite")
    return cast(conj(swapaxes(lower, -1, -2)) if upper else lower, dtype)


def _finite(x: Any) -> Any:
    from multikeras.ops.finiteness import isfinite
    from multikeras.ops.reduction import all

    return all(isfinite(x))


@rules.rule(cast="float")
def _lu_rule(x: Spec) -> tuple[Spec, Spec]:
    return Spec(x.shape, of.floating(x)), Spec((*x.shape[:-2], of.least(*of.matrices(x))), "int32")


def _lu_factor(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row by row, as on paper."""
    lu = np.array(x)
    rows, columns = lu.shape[-2:]
    count = min(rows, columns)
    pivots = np.zeros((*lu.shape[:-2], count), np.int32)
    for place in np.ndindex(lu.shape[:-2]):
        a = lu[place]
        for j in range(count):
            best = j + int(np.argmax(np.abs(a[j:, j])))
            pivots[(*place, j)] = best
            a[[j, best]] = a[[best, j]]
            for i in range(j + 1, rows):
                a[i, j] = a[i, j] / a[j, j] if a[j, j] != 0 else 0
                a[i, j + 1 :] -= a[i, j] * a[j, j + 1 :]
    return lu, pivots


@composite(
    infer=_lu_rule,
    reference=_lu_factor,
    cases=[
        case(of.GENERAL, tolerance=16),
        case(of.BATCH, tolerance=16),
        case([[2.0, 0.5, -1.0], [-0.5, 1.5, 1.0]], tolerance=16),
        case([[1.0, 0.5], [-2.0, 1.5], [0.5, 1.0]], tolerance=16),
        case([[1, 2], [3, 5]], dtypes=("float32",)),
        case([[2.0, 1j], [0.5, 3.0]], dtypes=("float32", "float64"), tolerance=16),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
    ],
)
def lu_factor(x: Tensor) -> tuple[Tensor, Tensor]:
    """Matrices as products of a permutation, a lower and an upper triangular one, by elimination.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., rows, columns); integers are taken as floats. `k` is the smaller of both.

    Returns:
        `(lu, pivots)`: a tensor of the shape of `x`, the upper matrix on and above the diagonal and the lower one,
        which has ones there, below; and int32 of shape (..., k): row `i` was exchanged for row `pivots[i]`, one after
        the other.

    Raises:
        ShapeError: `x` has fewer than two axes.

    ```python
    >>> lu, pivots = lu_factor([[1.0, 2.0], [2.0, 6.0]])
    >>> lu.tolist(), pivots.tolist()
    ([[2.0, 6.0], [0.5, -1.0]], [1, 1])

    ```
    """
    dtype, y = dtype_of(x), wide(x)
    *_, rows, columns = sizes = shape_of(y)
    below, right = expand_dims(arange(rows), -1), arange(columns)

    def eliminated(carry: list[Any], step: list[Any]) -> tuple[list[Any], list[Any]]:
        (y,), (j,) = carry, step
        among = where(greater_equal(arange(rows), j), abs(squeeze(take(y, [j], -1), -1)), -1.0)
        best = cast(argmax(among, -1), "int32")
        y = exchanged(y, j, best)
        row, column = take(y, [j], -2), take(y, [j], -1)
        pivot = take(row, [j], -1)
        safe = where(equal(pivot, 0.0), ones_like(pivot), pivot)
        factors = where(greater(below, j), divide(column, safe), zeros_like(pivot))
        y = where(greater(right, j), subtract(y, multiply(factors, row)), y)
        return [where(equal(right, j) & greater(below, j), factors, y)], [best]

    if isinstance(rows, int) and isinstance(columns, int):
        pivots = []
        for j in range(min(rows, columns)):
            (y,), (best,) = eliminated([y], [j])
            pivots.append(best)
        places = stack(pivots, -1) if pivots else zeros((*sizes[:-2], 0), "int32")
        return cast(y, dtype), places
    (y,), (pivots,) = scan_flat(eliminated, [y], [arange(minimum(rows, columns), dtype="int32")])
    return cast(y, dtype), moveaxis(pivots, 0, -1)


def exchanged(y: Any, j: Any, best: Any) -> Any:
    """Matrices with row `j` and another one, each its own, exchanged."""
    rows = arange(shape_of(y)[-2])
    other = expand_dims(cast(best, "int32"), -1)
    order = where(equal(rows, j), other, where(equal(rows, other), j, rows))
    return take_along_axis(y, broadcast_to(expand_dims(order, -1), shape_of(y)), -2)


@rules.rule(cast="float")
def _qr_rule(x: Spec, mode: str = "reduced") -> tuple[Spec, Spec]:
    if mode not in ("reduced", "complete"):
        raise ArgumentError('The modes of `qr` are "reduced" and "complete".', received=f"mode={mode!r}")
    rows, columns = of.matrices(x)
    inner = rows if mode == "complete" else of.least(rows, columns)
    lead, dtype = x.shape[:-2], of.floating(x)
    return Spec((*lead, rows, inner), dtype), Spec((*lead, inner, columns), dtype)


def _columns_and_rows(q: Any, r: Any) -> Any:
    """Each column of `q` with its own sign undone, and with that of the row of `r` that belongs to it."""
    count = min(q.shape[-1], r.shape[-1])
    q, rows = q[..., :count], of.conjugate(of.flipped(r[..., :count, :]))
    return of.products(q, q), of.products(q, rows)


_TALL = [[1.0, 0.5], [-2.0, 1.5], [0.5, 1.0]]
_WIDE = [[2.0, 0.5, -1.0], [-0.5, 1.5, 1.0]]


@composite(
    infer=_qr_rule,
    reference=np.linalg.qr,
    unique=_columns_and_rows,
    cases=[
        case(of.GENERAL, tolerance=64),
        case(of.BATCH, tolerance=64),
        case(_TALL, tolerance=64),
        case(_TALL, "complete", tolerance=64, gradient=False),
        case(_WIDE, tolerance=64, gradient=False),
        case(_WIDE, mode="complete", tolerance=64, gradient=False),
        case([[1, 2], [3, 5]], dtypes=("float32",), tolerance=64),
        case([[2.0, 1j], [0.5, 3.0]], dtypes=("float32", "float64"), tolerance=64),
        case([[2.0, 1j], [0.5, 3.0], [1j, -1.0]], dtypes=("float32", "float64"), tolerance=64),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
        case(draw(2, 2), "raw", dtypes=("float32",), raises=ArgumentError, match="modes"),
    ],
)
def qr(x: Tensor, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """Matrices as products of one with orthonormal columns and an upper triangular one: `x == q @ r`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A tensor of shape (..., rows, columns); integers are taken as floats. `k` is the smaller of both.
        mode: "reduced" for `k` columns of `q`, "complete" for a square `q`.

    Returns:
        `(q, r)`: of shape (..., rows, k) and (..., k, columns), or (..., rows, rows) and (..., rows, columns). The sign
        of a column of `q`, and of the row of `r` that belongs to it, is up to the framework.

    Raises:
        ShapeError: `x` has fewer than two axes.
        ArgumentError: There is no such mode.

    Source: Householder, "Unitary triangularization of a nonsymmetric matrix" (1958).

    ```python
    >>> import multikeras as keras
    >>> q, r = qr([[3.0, 1.0], [4.0, 2.0]])
    >>> keras.ops.round(keras.ops.matmul(q, r), 3).tolist()
    [[3.0, 1.0], [4.0, 2.0]]

    ```
    """
    _qr_rule(Spec(tuple(x.shape), "float32"), mode)
    dtype, r = dtype_of(x), wide(x)
    *_, rows, columns = known_sizes(x, "qr")
    q = broadcast_to(eye(rows, dtype=dtype_of(r)), (*r.shape[:-2], rows, rows))
    below = arange(rows)
    for j in range(min(rows - 1, columns)):
        column = where(greater_equal(below, j), r[..., :, j], 0.0)
        size = sqrt(sum(real(multiply(column, conj(column))), -1, keepdims=True))
        first = column[..., j : j + 1]
        length = abs(first)
        direction = where(
            equal(length, 0.0),
            ones_like(first),
            divide(first, cast(where(equal(length, 0.0), 1.0, length), dtype_of(first))),
        )
        mirror = where(equal(below, j), column + direction * cast(size, dtype_of(first)), column)
        norm = sum(real(multiply(mirror, conj(mirror))), -1, keepdims=True)
        scale = cast(divide(2.0, where(equal(norm, 0.0), 1.0, norm)), dtype_of(first))
        u = expand_dims(mirror, -1)
        uh = expand_dims(conj(mirror) * scale, -2)
        r = subtract(r, matmul(u, matmul(uh, r)))
        q = subtract(q, matmul(matmul(q, u), uh))
    inner = rows if mode == "complete" else min(rows, columns)
    return cast(q[..., :, :inner], dtype), cast(triu(r[..., :inner, :]), dtype)
