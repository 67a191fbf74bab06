"""Decompositions, inverses and determinants of matrices.

Cotangents of complex matrices are conjugates of gradients (see `backward.py`). Inverses and determinants are
holomorphic, so that the rules of real matrices are those of complex ones; those of decompositions are for gradients.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008);
Murray, "Differentiation of the Cholesky decomposition" (2016), eq. 10; Townsend, "Differentiating the singular value
decomposition" (2016), section 2; Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" (2010),
section 3.4; Boeddeker et al., "On the computation of complex-valued gradients with application to statistically optimum
beamforming" (2017), eq. 4.77.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.autodiff.backward import conjugate
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.traced import untraced


def _t(x: Any) -> Any:
    return ops.swapaxes(x, -1, -2)


def _h(x: Any) -> Any:
    return conjugate(_t(x))


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
    g, y = (_t(g), _h(y)) if upper else (conjugate(g), y)
    inner = ops.tril(ops.matmul(_h(y), g)) * (1.0 - 0.5 * _eye(y))
    # inv(y).T @ inner @ inv(y), of which the matrix's own symmetry takes the mean.
    half = ops.solve_triangular(_h(y), inner)
    whole = _h(ops.solve_triangular(_h(y), _h(half)))
    return conjugate(whole + _h(whole)) * 0.5


gradient(ops.cholesky, x=_cholesky)


def _det(g: Any, y: Any, x: Any) -> Any:
    scale = ops.expand_dims(g * y, (-1, -2))
    return scale * _t(ops.inv(x))


gradient(ops.det, x=_det)


def _slogdet(g: Any, y: Any, x: Any) -> Any:
    slope = g[1]
    if g[0] is not None and x.dtype.kind == "c":
        # The sign is exp(i p), the change of which is that of the logarithm's imaginary part.
        turn = ops.cast(ops.imag(g[0] * y[0]), x.dtype.name) * np.asarray(1j, x.dtype)
        slope = turn if slope is None else slope + turn
    return None if slope is None else ops.expand_dims(slope, (-1, -2)) * _t(ops.inv(x))


gradient(ops.slogdet, x=_slogdet)


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
        inner = inner + _apart(w) * ops.matmul(_h(v), conjugate(g[1]))
    found = ops.matmul(ops.matmul(v, inner), _h(v))
    return conjugate(found + _h(found)) * 0.5


gradient(ops.eigh, x=_eigh)


def _eig(g: Any, y: Any, x: Any) -> Any:
    w, v = y
    inner = 0.0
    if g[0] is not None:
        inner = _rows(conjugate(g[0])) * _eye(v)
    if g[1] is not None:
        gv = conjugate(g[1])
        # Of what a change of the vectors would be, that of their length is none.
        gv = gv - v * ops.real(ops.sum(ops.conj(v) * gv, -2, True))
        inner = inner + conjugate(_apart(w)) * ops.matmul(_h(v), gv)
    found = conjugate(ops.solve(_h(v), ops.matmul(inner, _h(v))))
    return found if x.dtype.kind == "c" else ops.cast(ops.real(found), x.dtype.name)


gradient(ops.eig, x=_eig)


def _svd(g: Any, y: Any, x: Any, full_matrices: bool, compute_uv: bool) -> Any:
    if not compute_uv:
        g, y = (None, g, None), ops.svd(x, False, True)
    u, s, vh = y
    count = s.shape[-1]
    gu, gs, gvh = (None if part is None else conjugate(part) for part in g)
    if full_matrices:
        # Those of the thin one: which vectors complete a basis is arbitrary.
        u, vh = u[..., :count], vh[..., :count, :]
        gu = None if gu is None else gu[..., :count]
        gvh = None if gvh is None else gvh[..., :count, :]
    v = _h(vh)
    apart = _apart(s * s)
    inner = 0.0 if gs is None else _rows(gs) * np.eye(count, dtype=s.dtype)
    found: Any = 0.0
    inverse = 1.0 / s
    if gu is not None:
        product = ops.matmul(_h(u), gu)
        turned = product - _h(product)
        inner = inner + apart * turned * _rows(s)
        if u.dtype.kind == "c":
            # By how much the phases of both vectors change against each other.
            inner = inner + turned * _rows(0.5 * inverse) * np.eye(count, dtype=s.dtype)
        if u.shape[-2] > count:
            rest = gu - ops.matmul(u, product)
            found = found + ops.matmul(rest * _rows(inverse), vh)
    if gvh is not None:
        product = ops.matmul(vh, _h(gvh))
        inner = inner + ops.expand_dims(s, -1) * (apart * (product - _h(product)))
        if v.shape[-2] > count:
            rest = gvh - ops.matmul(_h(product), vh)
            found = found + ops.matmul(u * _rows(inverse), rest)
    return conjugate(found + ops.matmul(ops.matmul(u, inner), vh))


gradient(ops.svd, x=_svd)


def _qr(g: Any, y: Any, x: Any, mode: str) -> Any:
    q, r = y
    gq = ops.zeros_like(q) if g[0] is None else conjugate(g[0])
    gr = ops.zeros_like(r) if g[1] is None else conjugate(g[1])
    size = r.shape[-2]
    if mode == "reduced" and r.shape[-1] > size:
        # The columns on the right are q.T @ x, which the square part does not depend on.
        right = x[..., size:]
        pulled = _thin(gq + ops.matmul(right, _h(gr[..., size:])), gr[..., :size], q, r[..., :size])
        return conjugate(ops.concatenate([pulled, ops.matmul(q, gr[..., size:])], -1))
    return conjugate(_thin(gq, gr, q, r))


def _thin(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    inner = ops.matmul(r, _h(gr)) - ops.matmul(_h(gq), q)
    strict = ops.tril(inner, -1)
    # The diagonal of `r` is of real numbers.
    symmetric = strict + _h(strict) + ops.real(inner) * np.eye(inner.shape[-1], dtype=ops.real(inner).dtype)
    # The inverse of `r`, transposed, stands on the right.
    return _h(ops.solve_triangular(r, _h(gq + ops.matmul(q, symmetric))))


gradient(ops.qr, applies=lambda x, mode: mode == "reduced" or x.shape[-2] <= x.shape[-1], x=_qr)
