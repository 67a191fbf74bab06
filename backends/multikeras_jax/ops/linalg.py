"""Matrices: decompositions, inverses and determinants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from multikeras import ops
from multikeras.ops.linear_systems import is_vector
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _check_square(x: Any) -> None:
    """JAX does not look where there is nothing, nor where it takes one half of a matrix for both."""
    if x.shape[-1] != x.shape[-2]:
        raise ValueError("not square")


def _eigh(x: Any) -> Any:
    _check_square(x)
    return jnp.linalg.eigh(x, "L", True)


@jax.custom_jvp
def _eig(x: Any) -> tuple[Any, Any]:
    return tuple(jnp.linalg.eig(x))  # type: ignore[return-value]


@_eig.defjvp
def _eig_jvp(primals: Any, tangents: Any) -> Any:
    # JAX itself has that of the values alone.
    w, v = _eig(primals[0])
    inner = jnp.linalg.solve(v, tangents[0].astype(v.dtype) @ v)
    apart = w[..., None, :] - w[..., :, None]
    turned = v @ jnp.where(apart == 0, 0, inner / jnp.where(apart == 0, 1, apart))
    # The length of the vectors does not change.
    turned = turned - v * jnp.real(jnp.sum(v.conj() * turned, -2, keepdims=True))
    return (w, v), (jnp.diagonal(inner, axis1=-2, axis2=-1), turned)


def _wide(kernel: Callable, *static: int) -> Callable:
    """A compiled kernel that computes with 16-bit floats in 32 bits."""

    def run(x: Any, *arguments: Any) -> Any:
        narrow = x.dtype
        if narrow not in (jnp.float16, jnp.bfloat16):
            return _tuple(kernel(x, *arguments))
        others = [a.astype(jnp.float32) if isinstance(a, jax.Array) else a for a in arguments]
        results = _tuple(kernel(x.astype(jnp.float32), *others))
        if type(results) is tuple:
            return tuple(y.astype(narrow) if y.dtype == jnp.float32 else y for y in results)
        return results.astype(narrow)

    return compiled(run, *static)


def _tuple(results: Any) -> Any:
    return tuple(results) if isinstance(results, tuple) else results


def _svd(x: Any, full_matrices: bool, compute_uv: bool) -> Any:
    return jnp.linalg.svd(x, full_matrices, compute_uv)


def _lu_factor(x: Any) -> tuple[Any, Any]:
    lu, pivots, _ = jax.lax.linalg.lu(x)
    return lu, pivots


def _solve(a: Any, b: Any) -> Any:
    return jnp.linalg.solve(a, b[..., None])[..., 0] if is_vector(a, b) else jnp.linalg.solve(a, b)


def _solve_triangular(a: Any, b: Any, lower: bool) -> Any:
    vector = is_vector(a, b)
    right = b[..., None] if vector else b
    lead = jnp.broadcast_shapes(a.shape[:-2], right.shape[:-2])
    a, right = jnp.broadcast_to(a, (*lead, *a.shape[-2:])), jnp.broadcast_to(right, (*lead, *right.shape[-2:]))
    found = jax.lax.linalg.triangular_solve(a, right, left_side=True, lower=lower)
    return found[..., 0] if vector else found


def _qr(x: Any, mode: str) -> Any:
    if mode not in ("reduced", "complete"):
        raise ValueError("no such mode")
    return jnp.linalg.qr(x, mode)


table.alias(
    det=_wide(jnp.linalg.det),
    eig=_wide(_eig),
    eigh=_wide(_eigh),
    inv=_wide(jnp.linalg.inv),
    lu_factor=_wide(_lu_factor),
    qr=_wide(_qr, 1),
    singular_values=_wide(lambda x: jnp.linalg.svd(x, compute_uv=False)),
    slogdet=_wide(jnp.linalg.slogdet),
    solve=_wide(_solve),
    solve_triangular=_wide(_solve_triangular, 2),
    svd=_wide(_svd, 1, 2),
)
table.takes_tensors_only("solve", "solve_triangular")


def _cholesky(x: Any, upper: bool) -> Any:
    _check_square(x)
    return jnp.linalg.cholesky(x, upper=upper)


_root = _wide(_cholesky, 1)


@table.implements(ops.cholesky)
def cholesky(x: Any, upper: bool = False) -> Any:
    root = _root(x, upper)
    if not isinstance(root, Tracer) and not bool(jnp.isfinite(root).all()):
        raise ValueError("not positive definite")
    return root
