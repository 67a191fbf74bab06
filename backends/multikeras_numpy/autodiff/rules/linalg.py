"""Decompositions, inverses and determinants of real matrices.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008);
Murray, "Differentiation of the Cholesky decomposition" (2016), eq. 10; Townsend, "Differentiating the singular value
decomposition" (2016), section 2; Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" (2010),
section 3.4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.traced import untraced


def _t(x: Any) -> Any:
    return ops.swapaxes(x, -1, -2)


def _eye(x: Any) -> Any:
    return np.eye(x.shape[-1], dtype=x.dtype)


def _rows(x: Any) -> Any:
    return ops.expand_dims(x, -2)


def _inv(g: Any, y: Any, x: Any) -> Any:
    return ops.negative(ops.matmul(ops.matmul(_t(y), g), _t(y)))


gradient(ops.inv, needs="output", x=_inv)


def _to_matrix(g: Any, y: Any, a: Any, b: Any, back: Any) -> Any:
    if b.ndim == a.ndim - 1:
        return ops.negative(ops.expand_dims(back, -1) * _rows(y))
    return ops.negative(ops.matmul(back, _t(y)))


def _solve_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    return _to_matrix(g, y, a, b, ops.solve(_t(a), g))


gradient(ops.solve, a=_solve_left, b=lambda g, y, a, b: ops.solve(_t(a), g))


def _triangular_right(g: Any, y: Any, a: Any, b: Any, lower: bool) -> Any:
    return ops.solve_triangular(_t(a), g, not lower)


def _triangular_left(g: Any, y: Any, a: Any, b: Any, lower: bool) -> Any:
    found = _to_matrix(g, y, a, b, _triangular_right(g, y, a, b, lower))
    return ops.tril(found) if lower else ops.triu(found)


gradient(ops.solve_triangular, a=_triangular_left, b=_triangular_right)


def _cholesky(g: Any, y: Any, x: Any, upper: bool) -> Any:
    if upper:
        g, y = _t(g), _t(y)
    inner = ops.tril(ops.matmul(_t(y), g)) * (1.0 - 0.5 * _eye(y))
    # inv(y).T @ inner @ inv(y), of which the matrix's own symmetry takes the mean.
    half = ops.solve_triangular(_t(y), inner)
    whole = _t(ops.solve_triangular(_t(y), _t(half)))
    return (whole + _t(whole)) * 0.5


gradient(ops.cholesky, x=_cholesky)


def _det(g: Any, y: Any, x: Any) -> Any:
    scale = ops.expand_dims(g * y, (-1, -2))
    return scale * _t(ops.inv(x))


gradient(ops.det, x=_det)


def _slogdet(g: Any, y: Any, x: Any) -> Any:
    return None if g[1] is None else ops.expand_dims(g[1], (-1, -2)) * _t(ops.inv(x))


gradient(ops.slogdet, needs="arguments", x=_slogdet)


def _apart(values: Any) -> Any:
    """`1 / (values[j] - values[i])`, 0 where both are equal."""
    difference = _rows(values) - ops.expand_dims(values, -1)
    same = untraced(difference) == 0
    return ops.where(same, 0.0, 1.0 / ops.where(same, 1.0, difference))


def _eigh(g: Any, y: Any, x: Any) -> Any:
    w, v = y
    inner = 0.0
    if g[0] is not None:
        inner = _rows(g[0]) * _eye(v)
    if g[1] is not None:
        inner = inner + _apart(w) * ops.matmul(_t(v), g[1])
    found = ops.matmul(ops.matmul(v, inner), _t(v))
    return (found + _t(found)) * 0.5


gradient(ops.eigh, x=_eigh)


def _svd(g: Any, y: Any, x: Any, full_matrices: bool, compute_uv: bool) -> Any:
    if not compute_uv:
        g, y = (None, g, None), ops.svd(x, False, True)
    u, s, vh = y
    count = s.shape[-1]
    gu, gs, gvh = g
    if full_matrices:
        # Those of the thin one: which vectors complete a basis is arbitrary.
        u, vh = u[..., :count], vh[..., :count, :]
        gu = None if gu is None else gu[..., :count]
        gvh = None if gvh is None else gvh[..., :count, :]
    v = _t(vh)
    apart = _apart(s * s)
    inner = 0.0 if gs is None else _rows(gs) * np.eye(count, dtype=s.dtype)
    found: Any = 0.0
    inverse = 1.0 / s
    if gu is not None:
        product = ops.matmul(_t(u), gu)
        inner = inner + apart * (product - _t(product)) * _rows(s)
        if u.shape[-2] > count:
            rest = gu - ops.matmul(u, product)
            found = found + ops.matmul(rest * _rows(inverse), vh)
    if gvh is not None:
        product = ops.matmul(vh, _t(gvh))
        inner = inner + ops.expand_dims(s, -1) * (apart * (product - _t(product)))
        if v.shape[-2] > count:
            rest = gvh - ops.matmul(_t(product), vh)
            found = found + ops.matmul(u * _rows(inverse), rest)
    return found + ops.matmul(ops.matmul(u, inner), vh)


gradient(ops.svd, x=_svd)


def _qr(g: Any, y: Any, x: Any, mode: str) -> Any:
    q, r = y
    gq = ops.zeros_like(q) if g[0] is None else g[0]
    gr = ops.zeros_like(r) if g[1] is None else g[1]
    size = r.shape[-2]
    if mode == "reduced" and r.shape[-1] > size:
        # The columns on the right are q.T @ x, which the square part does not depend on.
        right = x[..., size:]
        pulled = _thin(gq + ops.matmul(right, _t(gr[..., size:])), gr[..., :size], q, r[..., :size])
        return ops.concatenate([pulled, ops.matmul(q, gr[..., size:])], -1)
    return _thin(gq, gr, q, r)


def _thin(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    inner = ops.matmul(r, _t(gr)) - ops.matmul(_t(gq), q)
    symmetric = ops.tril(inner) + _t(ops.tril(inner, -1))
    # The inverse of `r`, transposed, stands on the right.
    return _t(ops.solve_triangular(r, _t(gq + ops.matmul(q, symmetric))))


gradient(ops.qr, applies=lambda x, mode: mode == "reduced" or x.shape[-2] <= x.shape[-1], x=_qr)
