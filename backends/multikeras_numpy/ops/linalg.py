"""Matrices: decompositions, inverses and determinants by LAPACK."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.ops.linear_systems import is_vector
from multikeras_numpy.kernels.elimination import lower_inverse, lu_in_place
from multikeras_numpy.table import table


def _wide(kernel: Callable) -> Callable:
    """A kernel that computes with 16-bit floats in 32 bits."""

    def run(x: Any, *arguments: Any) -> Any:
        if x.dtype.itemsize != 2:
            return kernel(x, *arguments)
        narrow = x.dtype
        others = [a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in arguments]
        results = kernel(x.astype(np.float32), *others)
        if isinstance(results, tuple):
            return tuple(y.astype(narrow) if y.dtype == np.float32 else y for y in results)
        return results.astype(narrow)

    return run


def _symmetric(x: Any) -> Any:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError("not square")
    # LAPACK reads one half.
    other = np.swapaxes(x, -1, -2)
    total = x + (np.conj(other) if x.dtype.kind == "c" else other)
    total *= 0.5
    return total


def _cholesky(x: Any, upper: bool) -> Any:
    lower = np.linalg.cholesky(_symmetric(x))
    return np.conj(np.swapaxes(lower, -1, -2)) if upper else lower


def _svd(x: Any, full_matrices: bool, compute_uv: bool) -> Any:
    found = np.linalg.svd(x, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def _eig(x: Any) -> tuple[Any, Any]:
    dtype = np.complex128 if x.dtype in (np.float64, np.complex128) else np.complex64
    return tuple(y.astype(dtype, copy=False) for y in np.linalg.eig(x))  # type: ignore[return-value]


def _solve(a: Any, b: Any) -> Any:
    return np.linalg.solve(a, b[..., None])[..., 0] if is_vector(a, b) else np.linalg.solve(a, b)


def _solve_triangular(a: Any, b: Any, lower: bool) -> Any:
    if a.ndim < 2:
        raise ValueError("no matrix")
    return _solve(np.tril(a) if lower else np.triu(a), b)


# Up to how many matrices, and from which size on, are taken one after the other.
_FEW = 4
_LARGE = 32


def _lu_factor(x: Any) -> tuple[Any, Any]:
    """By elimination: of many small matrices column by column of all of them."""
    lu = np.array(x)
    if lu.ndim < 2:
        raise ValueError("no matrix")
    rows, columns = lu.shape[-2:]
    stack = lu.reshape(math.prod(lu.shape[:-2]), rows, columns)
    pivots = np.empty((len(stack), min(rows, columns)), np.int32)
    if len(stack) <= _FEW or pivots.shape[1] >= _LARGE:
        for matrix, exchanged in zip(stack, pivots, strict=True):
            lu_in_place(matrix, exchanged)
        return lu, pivots.reshape(*lu.shape[:-2], pivots.shape[1])
    every = np.arange(len(stack))
    for j in range(pivots.shape[1]):
        best = np.abs(stack[:, j:, j]).argmax(-1) + j
        pivots[:, j] = best
        stack[every, j], stack[every, best] = stack[every, best], stack[every, j]
        pivot = stack[:, j, j, None]
        below = stack[:, j + 1 :, j]
        np.divide(below, pivot, out=below, where=pivot != 0)
        below *= pivot != 0
        stack[:, j + 1 :, j + 1 :] -= below[:, :, None] * stack[:, None, j, j + 1 :]
    return lu, pivots.reshape(*lu.shape[:-2], pivots.shape[1])


def _cholesky_inverse(x: Any, upper: bool) -> Any:
    if x.ndim < 2:
        raise ValueError("no matrix")
    half = np.swapaxes(lower_inverse(np.swapaxes(x, -1, -2)), -1, -2) if upper else lower_inverse(x)
    other = np.conj(np.swapaxes(half, -1, -2))
    return half @ other if upper else other @ half


def _lstsq(a: Any, b: Any, rcond: float | None) -> Any:
    return np.linalg.lstsq(a, b, rcond)[0]


def _qr(x: Any, mode: str) -> tuple[Any, Any]:
    if mode not in ("reduced", "complete"):
        raise ValueError("no such mode")
    return tuple(np.linalg.qr(x, mode))  # type: ignore[return-value]


def _det(x: Any) -> Any:
    return np.asarray(np.linalg.det(x))


def _slogdet(x: Any) -> tuple[Any, Any]:
    return tuple(map(np.asarray, np.linalg.slogdet(x)))  # type: ignore[return-value]


table.alias(
    cholesky=_wide(_cholesky),
    cholesky_inverse=_wide(_cholesky_inverse),
    det=_wide(_det),
    eig=_wide(_eig),
    eigh=_wide(lambda x: tuple(np.linalg.eigh(_symmetric(x)))),
    inv=_wide(np.linalg.inv),
    lstsq=_wide(_lstsq),
    lu_factor=_wide(_lu_factor),
    qr=_wide(_qr),
    singular_values=_wide(lambda x: np.linalg.svd(x, compute_uv=False)),
    slogdet=_wide(_slogdet),
    solve=_wide(_solve),
    solve_triangular=_wide(_solve_triangular),
    svd=_wide(_svd),
)
table.takes_tensors_only("lstsq", "solve", "solve_triangular")
