"""Rules of ops on matrices, which lie along the last two axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules

REAL_FLOATS = ("float32", "float64", "float16", "bfloat16")
"""Dtypes that cases of matrices are run in."""


def floating(x: Spec) -> str:
    """The dtype that is computed in."""
    return rules.floating(x.dtype)


def matrices(x: Spec, what: str = "x") -> tuple[int | None, int | None]:
    """Rows and columns.

    Raises:
        ShapeError: There are fewer than two axes.
    """
    if len(x.shape) < 2:
        raise ShapeError("Matrices lie along the last two axes.", received=f"{what}={x}", hint=f"{what}[None, :]")
    return x.shape[-2], x.shape[-1]


def square(x: Spec, what: str = "x") -> int | None:
    """The number of rows, which is that of columns.

    Raises:
        ShapeError: The matrices are not square.
    """
    rows, columns = matrices(x, what)
    if rows is not None and columns is not None and rows != columns:
        raise ShapeError("These matrices are square.", received=f"{what}={x}")
    return columns if rows is None else rows


def least(a: int | None, b: int | None) -> int | None:
    """The smaller of two sizes."""
    return None if a is None or b is None else min(a, b)


def products(u: Any, v: Any) -> Any:
    """Column by column the products of `u` with the conjugates of `v`: the same whatever sign or phase both have."""
    return u[..., :, None, :] * conjugate(v)[..., None, :, :]


def conjugate(x: Any) -> Any:
    """The conjugates of `x`, for arrays and tensors of any framework."""
    if isinstance(x, np.ndarray):
        return np.conj(x)
    from multikeras.ops.complex_numbers import conj

    return conj(x)


def total(x: Any) -> Any:
    """The sum over the last axis of `x`, for arrays and tensors of any framework."""
    if isinstance(x, np.ndarray):
        return np.sum(x, -1)
    from multikeras.ops.reduction import sum

    return sum(x, -1)


def flipped(x: Any) -> Any:
    """`x` with its last two axes exchanged, for arrays and tensors of any framework."""
    return np.swapaxes(x, -1, -2) if isinstance(x, np.ndarray) else _swapaxes(x)


def _swapaxes(x: Any) -> Any:
    from multikeras.ops.shaping import swapaxes

    return swapaxes(x, -1, -2)


DEFINITE = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.5], [0.5, -0.5, 2.0]]
"""A symmetric, positive definite matrix."""

GENERAL = [[2.0, 0.5, -1.0], [-0.5, 1.5, 1.0], [1.0, 0.25, 3.0]]
"""A matrix far from singular."""

BATCH = [GENERAL, [[0.0, 2.0, 0.5], [1.0, 0.5, 0.0], [0.5, -1.0, 2.0]]]
"""Two of them; the second has a 0 where elimination starts."""
