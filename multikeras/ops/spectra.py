"""Eigenvalues and singular values, with their vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _matrices as of
from multikeras.ops import _rules as rules
from multikeras.ops._op import primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor


@rules.rule(cast="float")
def _eigh_rule(x: Spec) -> tuple[Spec, Spec]:
    of.square(x)
    dtype = of.floating(x)
    return Spec(x.shape[:-1], rules.real_part(dtype)), Spec(x.shape, dtype)


@primitive(
    infer=_eigh_rule,
    reference=lambda x: np.linalg.eigh((x + np.conj(np.swapaxes(x, -1, -2))) / 2),
    unique=lambda w, v: (w, of.products(v, v)),
    cases=[
        case(of.DEFINITE, tolerance=64),
        case([of.DEFINITE, [[1.0, 2.0, 0.0], [2.0, -1.0, 0.5], [0.0, 0.5, 3.0]]], dtypes=of.REAL_FLOATS, tolerance=64),
        case([[2, 1], [1, 3]], dtypes=("float32",), tolerance=64),
        case([[2.0, 1j], [-1j, 3.0]], dtypes=("float32", "float64"), tolerance=64),
        case(draw(1, 1), dtypes=("float32",)),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
        case(draw(2, 3), dtypes=("float32",), raises=ShapeError, match="square"),
    ],
)
def eigh(x: Tensor) -> Any:
    """Eigenvalues and eigenvectors of symmetric matrices: `x @ v == v * w`.

    Args:
        x: A tensor of shape (..., n, n), symmetric or, where complex, Hermitian; of others the mean of `x` and
            its conjugate transpose is taken. Integers are taken as floats.

    Returns:
        `(w, v)`: the eigenvalues of shape (..., n), real, the smallest first, and a tensor of shape (..., n, n) whose
        columns are orthonormal eigenvectors. The sign of each is up to the framework.

    Raises:
        ShapeError: `x` is no square matrix.

    ```python
    >>> w, v = eigh([[2.0, 0.0], [0.0, 1.0]])
    >>> w.tolist()
    [1.0, 2.0]

    ```
    """


@rules.rule(cast="float")
def _eig_rule(x: Spec) -> tuple[Spec, Spec]:
    of.square(x)
    dtype = "complex128" if of.floating(x) in ("float64", "complex128") else "complex64"
    return Spec(x.shape[:-1], dtype), Spec(x.shape, dtype)


def _of_spectrum(w: Any, v: Any) -> list[Any]:
    """For each power of the eigenvalues their sum, and the sum of the projections on the vectors times that power: in
    whatever order they are, and of whatever phase."""
    power, found = w, []
    for _ in range(w.shape[-1]):
        found += [of.total(power), of.total(power[..., None, None, :] * of.products(v, v))]
        power = power * w
    return found


@primitive(
    infer=_eig_rule,
    reference=np.linalg.eig,
    unique=_of_spectrum,
    cases=[
        case(of.GENERAL, dtypes=("float32", "float64", "float16"), tolerance=256),
        case(of.BATCH, dtypes=("float32", "float64"), tolerance=256),
        case([[0.0, 1.0], [-1.0, 0.0]], dtypes=("float32",), tolerance=64),
        case([[2, 1], [0, 3]], dtypes=("float32",), tolerance=64),
        case([[2.0, 1j], [0.5, 3.0]], dtypes=("float32", "float64"), tolerance=256),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
        case(draw(2, 3), dtypes=("float32",), raises=ShapeError, match="square"),
    ],
)
def eig(x: Tensor) -> Any:
    """Eigenvalues and eigenvectors of square matrices: `x @ v == v * w`.

    Args:
        x: A tensor of shape (..., n, n); integers are taken as floats.

    Returns:
        `(w, v)`, complex: the eigenvalues of shape (..., n), in any order, and a tensor of shape (..., n, n) whose
        columns are eigenvectors of length 1. The phase of each is up to the framework.

    Raises:
        ShapeError: `x` is no square matrix.

    ```python
    >>> w, v = eig([[2.0, 0.0], [0.0, 1.0]])
    >>> w.tolist()
    [(2+0j), (1+0j)]

    ```
    """


@rules.rule(cast="float")
def _svd_rule(x: Spec, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    rows, columns = of.matrices(x)
    least, lead = of.least(rows, columns), x.shape[:-2]
    dtype = of.floating(x)
    s = Spec((*lead, least), rules.real_part(dtype))
    if not compute_uv:
        return s
    left, right = (rows, columns) if full_matrices else (least, least)
    return Spec((*lead, rows, left), dtype), s, Spec((*lead, right, columns), dtype)


def _determined(*results: Any) -> Any:
    """The singular values, and the products of vectors that belong together."""
    if len(results) == 1:
        return results
    u, s, vh = results
    u, v = u[..., : s.shape[-1]], of.conjugate(of.flipped(vh[..., : s.shape[-1], :]))
    return s, of.products(u, v), of.products(u, u)


_RECTANGLE = [[2.0, 0.5, -1.0], [-0.5, 1.5, 1.0]]


@primitive(
    infer=_svd_rule,
    reference=np.linalg.svd,
    unique=_determined,
    cases=[
        case(of.GENERAL, tolerance=64, gradient=False),
        case(_RECTANGLE, tolerance=64, gradient=False),
        case(_RECTANGLE, full_matrices=False, tolerance=64),
        case([[2.0, 0.5], [-0.5, 1.5], [1.0, 1.0]], full_matrices=False, tolerance=64),
        case(of.BATCH, False, True, tolerance=64),
        case(_RECTANGLE, False, False, tolerance=64),
        case([[2, 0], [1, 3]], dtypes=("float32",), tolerance=64),
        case([[2.0, 1j], [0.5, 3.0]], dtypes=("float32", "float64"), tolerance=64, gradient=False),
        case([[2.0, 1j], [0.5, 3.0], [1j, -1.0]], False, dtypes=("float32", "float64"), tolerance=64),
        case([[2.0, 1j], [0.5, 3.0]], False, False, dtypes=("float32", "float64"), tolerance=64),
        case(draw(3), dtypes=("float32",), raises=ShapeError, match="last two axes"),
    ],
)
def svd(x: Tensor, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular values and vectors of matrices: `x == u @ diag(s) @ vh`.

    Args:
        x: A tensor of shape (..., rows, columns); integers are taken as floats. `k` is the smaller of both.
        full_matrices: Whether `u` and `vh` are square. Gradients of rectangular matrices are those of the thin one.
        compute_uv: Whether there is more than `s`.

    Returns:
        `(u, s, vh)`: of shape (..., rows, rows), or (..., rows, k); the singular values of shape (..., k), real, the
        largest first; of shape (..., columns, columns), or (..., k, columns). The signs of vectors are up to the
        framework. Only `s` where `compute_uv` is false.

    Raises:
        ShapeError: `x` has fewer than two axes.

    ```python
    >>> u, s, vh = svd([[3.0, 0.0], [0.0, -4.0]])
    >>> s.tolist()
    [4.0, 3.0]

    ```
    """
