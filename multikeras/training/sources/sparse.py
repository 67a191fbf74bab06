"""Sparse matrices of SciPy, made dense batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.dtypes import lattice
from multikeras.errors import ShapeError


class SparseRows:
    """A sparse matrix whose rows are read as dense arrays, floats in floatx.

    Args:
        matrix: A sparse matrix in any format that has one in rows.

    Raises:
        ShapeError: It has not two axes.
    """

    def __init__(self, matrix: Any) -> None:
        if len(matrix.shape) != 2:
            raise ShapeError("Sparse data has two axes.", received=f"shape {tuple(matrix.shape)}")
        self._matrix = matrix.tocsr()
        self.shape = tuple(matrix.shape)
        kind = np.dtype(matrix.dtype)
        self.dtype = lattice.numpy_dtype(lattice.strong("float")) if kind.kind == "f" else kind

    def __getitem__(self, rows: Any) -> np.ndarray:
        return self._matrix[rows].toarray().astype(self.dtype, copy=False)

    def part(self, rows: slice) -> SparseRows:
        """Some rows, as they are."""
        return SparseRows(self._matrix[rows])


def read_sparse(x: Any) -> SparseRows | None:
    """A sparse matrix or array; `None` of anything else that SciPy has."""
    return SparseRows(x) if hasattr(x, "tocsr") and hasattr(x, "nnz") else None
