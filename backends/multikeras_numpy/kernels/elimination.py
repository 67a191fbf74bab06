"""Gaussian elimination: triangular factors of a matrix, and inverses of triangles.

Halves first, so that most of the work is in products of matrices (Toledo, "Locality of reference in LU decomposition
with partial pivoting", 1997, section 2).
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

# Up to how many columns are eliminated one after the other.
_FEW = 8
# Up to which size triangles are inverted as matrices.
_SMALL = 32


def lu_in_place(matrix: np.ndarray, exchanged: np.ndarray) -> None:
    """Write the triangular factors of a matrix over it: the lower one has ones on the diagonal.

    Args:
        matrix: A matrix.
        exchanged: Receives the row that each row on the diagonal was exchanged with; it has as many entries as the
            shorter side.

    >>> matrix, exchanged = np.array([[1.0, 2.0], [2.0, 8.0]]), np.empty(2, int)
    >>> lu_in_place(matrix, exchanged)
    >>> matrix.tolist(), exchanged.tolist()
    ([[2.0, 8.0], [0.5, -2.0]], [1, 1])
    """
    factor = _lapack(matrix.dtype.char)
    if factor is not None and matrix.size:
        matrix[...], exchanged[...], _ = factor(matrix)
        return
    # Columns, which are what is divided and exchanged, in one piece each.
    columns = np.ascontiguousarray(matrix.T)
    count = len(exchanged)
    _eliminate(columns, exchanged, 0, count)
    if len(columns) > count:
        _exchange(columns[count:], exchanged, 0, count)
        _solve(columns, 0, count, len(columns))
    matrix[...] = columns.T


@functools.cache
def _lapack(kind: str) -> Callable | None:
    """LAPACK's elimination, a tenth of the time; `None` where SciPy, which gives it, is not installed."""
    try:
        from scipy.linalg import lapack
    except ImportError:
        return None
    return getattr(lapack, {"f": "sgetrf", "d": "dgetrf", "F": "cgetrf", "D": "zgetrf"}[kind])


def _eliminate(columns: np.ndarray, exchanged: np.ndarray, start: int, stop: int) -> None:
    """Eliminate some of the columns from the others of these."""
    if stop - start <= _FEW:
        for j in range(start, stop):
            _one_column(columns[:stop], exchanged, start, j)
        return
    middle = (start + stop) // 2
    _eliminate(columns, exchanged, start, middle)
    _exchange(columns[middle:stop], exchanged, start, middle)
    _solve(columns, start, middle, stop)
    columns[middle:stop, middle:] -= columns[middle:stop, start:middle] @ columns[start:middle, middle:]
    _eliminate(columns, exchanged, middle, stop)
    _exchange(columns[start:middle], exchanged, middle, stop)


def _one_column(columns: np.ndarray, exchanged: np.ndarray, start: int, j: int) -> None:
    column = columns[j]
    best = exchanged[j] = int(np.absolute(column[j:]).argmax()) + j
    if best != j:
        rows = columns[start:]
        rows[:, [j, best]] = rows[:, [best, j]]
    pivot = column[j]
    if pivot != 0:
        column[j + 1 :] /= pivot
    columns[j + 1 :, j + 1 :] -= columns[j + 1 :, j, None] * column[None, j + 1 :]


def _exchange(columns: np.ndarray, exchanged: np.ndarray, start: int, stop: int) -> None:
    """Exchange entries of columns as those of others were."""
    order = np.arange(columns.shape[1])
    for j in range(start, stop):
        best = exchanged[j]
        order[j], order[best] = order[best], order[j]
    moved = np.flatnonzero(order != np.arange(columns.shape[1]))
    columns[:, moved] = columns[:, order[moved]]


def _solve(columns: np.ndarray, start: int, middle: int, stop: int) -> None:
    """The upper factor beside columns that are done."""
    lower = np.tril(columns[start:middle, start:middle].T, -1)
    np.fill_diagonal(lower, 1)
    columns[middle:stop, start:middle] = columns[middle:stop, start:middle] @ lower_inverse(lower).T


def lower_inverse(x: np.ndarray) -> np.ndarray:
    """The inverses of the lower triangles of matrices.

    >>> lower_inverse(np.array([[2.0, 9.0], [4.0, 1.0]])).tolist()
    [[0.5, 0.0], [-2.0, 1.0]]
    """
    size = x.shape[-1]
    if size <= _SMALL:
        return np.linalg.inv(np.tril(x))
    half = size // 2
    result = np.zeros(x.shape, x.dtype)
    first = result[..., :half, :half] = lower_inverse(x[..., :half, :half])
    last = result[..., half:, half:] = lower_inverse(x[..., half:, half:])
    result[..., half:, :half] = -(last @ x[..., half:, :half] @ first)
    return result
