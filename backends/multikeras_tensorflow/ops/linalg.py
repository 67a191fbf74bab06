"""Matrices: decompositions, inverses and determinants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from multikeras import ops
from multikeras.ops.linear_systems import is_vector
from multikeras_tensorflow.gradients import at_hand, readable
from multikeras_tensorflow.host_memory import entries, surely_finite, tensor_of
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


def _symmetric(x: Any) -> Any:
    if x.shape.rank < 2 or not x.shape[-2:-1].is_compatible_with(x.shape[-1:]):
        raise ValueError("not square")
    # The kernels read one half.
    if readable(x):
        # TensorFlow turns small matrices over ten times as slowly as it takes them apart.
        own = entries(x)
        other = np.swapaxes(own, -1, -2)
        total = own + (np.conj(other) if own.dtype.kind == "c" else other)
        total *= 0.5
        return tensor_of(total)
    return (x + tf.linalg.adjoint(x)) / 2


def _cholesky(x: Any, upper: bool) -> Any:
    root = tf.linalg.cholesky(_symmetric(x))
    return tf.linalg.adjoint(root) if upper else root


def _eig(x: Any) -> tuple[Any, Any]:
    return tuple(tf.linalg.eig(x))  # type: ignore[return-value]


def _eigh(x: Any) -> tuple[Any, Any]:
    w, v = tf.linalg.eigh(_symmetric(x))
    return _real(w), v


def _svd(x: Any, full_matrices: bool, compute_uv: bool) -> Any:
    if not compute_uv:
        return _real(tf.linalg.svd(x, compute_uv=False))
    if None in x.shape[-2:] or x.dtype in COMPLEX:
        return _svd_by_adjoints(x, full_matrices)
    s, u, v = tf.linalg.svd(x, full_matrices)
    return u, s, tf.linalg.matrix_transpose(v)


def _svd_by_adjoints(x: Any, full_matrices: bool) -> Any:
    """With a gradient of its own: TensorFlow's asks for the sizes, and of complex numbers has no right gradient."""

    @tf.custom_gradient
    def run(x: Any) -> Any:
        s, u, v = tf.linalg.svd(x, full_matrices)

        def gradient(gu: Any, gs: Any, gvh: Any) -> Any:
            # The decomposition once more, for the sake of the gradient's gradient.
            u, s, vh = run(x)
            # That of the thin one: which vectors complete a basis is arbitrary.
            count = tf.shape(s)[-1]
            v, gv = tf.linalg.adjoint(vh), tf.linalg.adjoint(gvh)
            u, v, gu, gv = (y[..., :count] for y in (u, v, gu, gv))
            squares = tf.square(s)
            apart = squares[..., None, :] - squares[..., :, None]
            apart = tf.cast(tf.math.divide_no_nan(tf.ones_like(apart), apart), x.dtype)
            rows = tf.cast(s, x.dtype)[..., None, :]
            by_u, by_v = tf.matmul(u, gu, adjoint_a=True), tf.matmul(v, gv, adjoint_a=True)
            turned = by_u - tf.linalg.adjoint(by_u)
            inner = apart * turned * rows
            if x.dtype in COMPLEX:
                # By how much the phases of both vectors change against each other.
                inner += tf.linalg.diag(tf.linalg.diag_part(turned) / tf.cast(2 * s, x.dtype))
            inner += tf.linalg.matrix_transpose(rows) * (apart * (by_v - tf.linalg.adjoint(by_v)))
            inner += tf.linalg.diag(tf.cast(gs, x.dtype))
            rest_u, rest_v = (gu - tf.matmul(u, by_u)) / rows, (gv - tf.matmul(v, by_v)) / rows
            found = tf.matmul(tf.matmul(u, inner) + rest_u, v, adjoint_b=True)
            return found + tf.matmul(u, rest_v, adjoint_b=True)

        return (u, _real(s), tf.linalg.adjoint(v)), gradient

    return run(x)


def _matched(a: Any, b: Any) -> tuple[Any, Any]:
    """Right sides as matrices, and both with the same leading axes."""
    right = tf.expand_dims(b, -1) if is_vector(a, b) else b
    known = a.shape[:-2].as_list()
    if known == right.shape[:-2].as_list() and None not in known:
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
    if None in x.shape[-2:]:
        return _qr_of_any_size(x, mode == "complete")
    return tuple(tf.linalg.qr(x, full_matrices=mode == "complete"))  # type: ignore[return-value]


def _qr_of_any_size(x: Any, complete: bool) -> Any:
    """With a gradient of its own, since TensorFlow's asks for the sizes."""

    @tf.custom_gradient
    def run(x: Any) -> Any:
        q, r = tf.linalg.qr(x, full_matrices=complete)

        def gradient(gq: Any, gr: Any) -> Any:
            # The decomposition once more, for the sake of the gradient's gradient.
            q, r = run(x)
            rows, columns = tf.shape(x)[-2], tf.shape(x)[-1]
            size = tf.minimum(rows, columns)
            checks = []
            if complete:
                text = "ops.qr(mode='complete') has a gradient where matrices are no taller than wide."
                checks = [tf.debugging.assert_less_equal(rows, columns, text)]
            with tf.control_dependencies(checks):
                # The columns on the right are q.T @ x, which the square part does not depend on.
                right, beside = x[..., size:], gr[..., size:]
                whole = gq + tf.matmul(right, beside, adjoint_b=True)
            square = r[..., :size]
            inner = tf.matmul(square, gr[..., :size], adjoint_b=True) - tf.matmul(whole, q, adjoint_a=True)
            lower = tf.linalg.band_part(inner, -1, 0)
            # The diagonal of `r` is of real numbers.
            lower = tf.linalg.set_diag(lower, tf.cast(tf.math.real(tf.linalg.diag_part(lower)), x.dtype))
            strict = tf.linalg.set_diag(lower, tf.zeros_like(tf.linalg.diag_part(lower)))
            pulled = whole + tf.matmul(q, lower + tf.linalg.adjoint(strict))
            # The inverse of the triangle, transposed, stands on the right.
            found = tf.linalg.triangular_solve(square, tf.linalg.adjoint(pulled), lower=False)
            return tf.concat([tf.linalg.adjoint(found), tf.matmul(q, beside)], -1)

        return (q, r), gradient

    return run(x)


def _det(x: Any) -> Any:
    return _complex_det(x) if x.dtype in COMPLEX else tf.linalg.det(x)


@tf.custom_gradient
def _complex_det(x: Any) -> Any:
    """TensorFlow's own gradient leaves out that the determinant is conjugated."""

    def gradient(upstream: Any) -> Any:
        # The determinant once more, for the sake of the gradient's gradient.
        slope = upstream * tf.math.conj(_complex_det(x))
        return slope[..., None, None] * tf.linalg.inv(x, adjoint=True)

    return tf.linalg.det(x), gradient


def _slogdet(x: Any) -> Any:
    return _complex_slogdet(x) if x.dtype in COMPLEX else tuple(tf.linalg.slogdet(x))


@tf.custom_gradient
def _complex_slogdet(x: Any) -> Any:
    """TensorFlow's own gradient leaves out the sign, which turns with the imaginary part of the logarithm."""
    sign, size = tf.linalg.slogdet(x)

    def gradient(of_sign: Any, of_size: Any) -> Any:
        turn = tf.math.imag(of_sign * tf.math.conj(_complex_slogdet(x)[0]))
        return tf.complex(of_size, turn)[..., None, None] * tf.linalg.inv(x, adjoint=True)

    return (sign, tf.math.real(size)), gradient


table.alias(
    det=_wide(_det),
    eig=_wide(_eig),
    eigh=_wide(_eigh),
    inv=_wide(tf.linalg.inv),
    qr=_wide(_qr),
    singular_values=_wide(lambda x: _svd(x, False, False)),
    slogdet=_wide(_slogdet),
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
    if at_hand(root) and root.dtype not in COMPLEX and surely_finite(root):
        return root
    if tf.executing_eagerly() and not tf.reduce_all(tf.equal(root, root)):
        raise ValueError("not positive definite")
    return root


@table.implements(ops.lu_factor)
def lu_factor(x: Any) -> Any:
    square = x.shape.rank >= 2 and x.shape[-1] == x.shape[-2] and 0 not in x.shape
    if not square or x.dtype in HALVES or not readable(x):
        return table.composite(ops.lu_factor)(x)
    try:
        lu, order = tf.linalg.lu(x)
    except tf.errors.InvalidArgumentError:
        # It takes no matrix that has no inverse.
        return table.composite(ops.lu_factor)(x)
    return lu, tf.convert_to_tensor(_exchanges(order.numpy()))


# Up to how many matrices are looked at one after the other.
_FEW = 8


def _exchanges_of_one(order: list[int]) -> list[int]:
    rows, places = list(range(len(order))), list(range(len(order)))
    exchanged = []
    for i, wanted in enumerate(order):
        place, there = places[wanted], rows[i]
        exchanged.append(place)
        rows[place] = there
        places[there] = place
    return exchanged


def _exchanges(order: np.ndarray) -> np.ndarray:
    """The rows that were exchanged, one after the other, to bring rows into an order."""
    orders = order.reshape(-1, order.shape[-1])
    if len(orders) <= _FEW:
        return np.array([_exchanges_of_one(each) for each in orders.tolist()], np.int32).reshape(order.shape)
    every = np.arange(len(orders))
    rows = np.tile(np.arange(orders.shape[1]), (len(orders), 1))
    places = rows.copy()
    exchanged = np.empty(orders.shape, np.int32)
    for i in range(orders.shape[1]):
        wanted, there = orders[:, i], rows[:, i].copy()
        place = exchanged[:, i] = places[every, wanted]
        rows[every, place], rows[:, i] = there, wanted
        places[every, there], places[every, wanted] = place, i
    return exchanged.reshape(order.shape)
