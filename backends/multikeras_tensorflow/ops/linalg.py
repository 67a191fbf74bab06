"""Matrices: decompositions, inverses and determinants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from multikeras import ops
from multikeras.ops.linear_systems import is_vector
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import COMPLEX, HALVES, in_wide


def _wide(kernel: Callable) -> Callable:
    """A kernel that computes with 16-bit floats in 32 bits."""

    def run(x: Any, *arguments: Any) -> Any:
        if x.dtype not in HALVES:
            return kernel(x, *arguments)
        results = in_wide(kernel, (x, *arguments), tf.float32)
        return tuple(results) if isinstance(results, list) else results

    return run


def _real(x: Any) -> Any:
    """Real values that TensorFlow returns as complex ones."""
    return tf.math.real(x) if x.dtype in COMPLEX else x


def _cholesky(x: Any, upper: bool) -> Any:
    root = tf.linalg.cholesky((x + tf.linalg.adjoint(x)) / 2)
    return tf.linalg.adjoint(root) if upper else root


def _eig(x: Any) -> tuple[Any, Any]:
    return tuple(tf.linalg.eig(x))  # type: ignore[return-value]


def _eigh(x: Any) -> tuple[Any, Any]:
    w, v = tf.linalg.eigh((x + tf.linalg.adjoint(x)) / 2)
    return _real(w), v


def _svd(x: Any, full_matrices: bool, compute_uv: bool) -> Any:
    if not compute_uv:
        return _real(tf.linalg.svd(x, compute_uv=False))
    s, u, v = tf.linalg.svd(x, full_matrices)
    return u, _real(s), tf.linalg.adjoint(v)


def _matched(a: Any, b: Any) -> tuple[Any, Any]:
    """Right sides as matrices, and both with the same leading axes."""
    right = tf.expand_dims(b, -1) if is_vector(a, b) else b
    if a.shape.rank == right.shape.rank == 2:
        return a, right
    lead = tf.broadcast_dynamic_shape(tf.shape(a)[:-2], tf.shape(right)[:-2])
    static = tf.broadcast_static_shape(a.shape[:-2], right.shape[:-2])
    made = []
    for x in (a, right):
        y = tf.broadcast_to(x, tf.concat([lead, tf.shape(x)[-2:]], 0))
        y.set_shape(static.concatenate(x.shape[-2:]))
        made.append(y)
    return made[0], made[1]


def _solve(a: Any, b: Any) -> Any:
    found = tf.linalg.solve(*_matched(a, b))
    return tf.squeeze(found, -1) if is_vector(a, b) else found


def _solve_triangular(a: Any, b: Any, lower: bool) -> Any:
    left, right = _matched(a, b)
    found = tf.linalg.triangular_solve(left, right, lower=lower)
    return tf.squeeze(found, -1) if is_vector(a, b) else found


def _qr(x: Any, mode: str) -> tuple[Any, Any]:
    if mode not in ("reduced", "complete"):
        raise ValueError("no such mode")
    return tuple(tf.linalg.qr(x, full_matrices=mode == "complete"))  # type: ignore[return-value]


table.alias(
    det=_wide(tf.linalg.det),
    eig=_wide(_eig),
    eigh=_wide(_eigh),
    inv=_wide(tf.linalg.inv),
    qr=_wide(_qr),
    slogdet=_wide(lambda x: tuple(tf.linalg.slogdet(x))),
    solve=_wide(_solve),
    solve_triangular=_wide(_solve_triangular),
    svd=_wide(_svd),
)
table.takes_tensors_only("solve", "solve_triangular")

_root = _wide(_cholesky)


@table.implements(ops.cholesky)
def cholesky(x: Any, upper: bool = False) -> Any:
    root = _root(x, upper)
    # A kernel for one processor says so, another one returns nan.
    if tf.executing_eagerly() and not tf.reduce_all(tf.equal(root, root)):
        raise ValueError("not positive definite")
    return root
