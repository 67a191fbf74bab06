"""Matrices: decompositions, inverses and determinants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras.ops.linear_systems import is_vector
from multikeras_torch.nesting import values_alone
from multikeras_torch.table import table
from multikeras_torch.widened import in_wide

_NARROW = (torch.float16, torch.bfloat16)


def _wide(kernel: Callable) -> Callable:
    """A kernel that computes with 16-bit floats in 32 bits."""

    def run(x: Any, *arguments: Any) -> Any:
        results = in_wide(kernel, (x, *arguments)) if x.dtype in _NARROW else kernel(x, *arguments)
        return tuple(results) if isinstance(results, (list, tuple)) else results

    return run


def _symmetric(x: Any) -> Any:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError("not square")
    # The kernels read one half.
    return (x + x.mH) / 2


def _cholesky(x: Any, upper: bool) -> Any:
    return torch.linalg.cholesky(_symmetric(x), upper=upper)


def _lu_factor(x: Any) -> tuple[Any, Any]:
    lu, pivots = torch.linalg.lu_factor(x)
    return lu, pivots - 1


def _svd(x: Any, full_matrices: bool, compute_uv: bool) -> Any:
    if not compute_uv:
        return torch.linalg.svdvals(x)
    return torch.linalg.svd(x, full_matrices=full_matrices)


def _solve(a: Any, b: Any) -> Any:
    return torch.linalg.solve(a, b[..., None])[..., 0] if is_vector(a, b) else torch.linalg.solve(a, b)


def _solve_triangular(a: Any, b: Any, lower: bool) -> Any:
    right = b[..., None] if is_vector(a, b) else b
    found = torch.linalg.solve_triangular(a, right, upper=not lower)
    return found[..., 0] if is_vector(a, b) else found


def _qr(x: Any, mode: str) -> Any:
    if mode not in ("reduced", "complete"):
        raise ValueError("no such mode")
    return torch.linalg.qr(x, mode)


table.alias(
    det=_wide(torch.linalg.det),
    eig=_wide(torch.linalg.eig),
    eigh=_wide(lambda x: torch.linalg.eigh(_symmetric(x))),
    inv=_wide(torch.linalg.inv),
    lu_factor=_wide(_lu_factor),
    qr=_wide(_qr),
    singular_values=_wide(torch.linalg.svdvals),
    slogdet=_wide(torch.linalg.slogdet),
    solve=_wide(_solve),
    solve_triangular=_wide(_solve_triangular),
    svd=_wide(_svd),
)
table.takes_tensors_only("lstsq", "solve", "solve_triangular")

_root = _wide(_cholesky)


@table.implements(ops.cholesky)
def cholesky(x: Any, upper: bool = False) -> Any:
    return _root(x, upper)


@table.implements(ops.cholesky_inverse)
def cholesky_inverse(x: Any, upper: bool) -> Any:
    if x.dtype in _NARROW or not values_alone(x):
        # Torch's gradient is one of both triangles.
        return table.composite(ops.cholesky_inverse)(x, upper)
    return torch.cholesky_inverse(x, upper=upper)


@table.implements(ops.lstsq)
def lstsq(a: Any, b: Any, rcond: float | None) -> Any:
    if a.dtype in _NARROW or not a.is_cpu or not values_alone(a, b) or not a.numel() or not b.numel():
        return table.composite(ops.lstsq)(a, b, rcond)
    right = b[..., None] if is_vector(a, b) else b
    found = torch.linalg.lstsq(a, right, rcond=rcond, driver="gelsd" if rcond is not None else "gelsy").solution
    return found[..., 0] if is_vector(a, b) else found
