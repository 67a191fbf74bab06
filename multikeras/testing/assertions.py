"""Assertions about tensors. They raise, and say what was received, what was expected and by how much they differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice

listener: Callable[[float, str, str], None] | None = None
"""Told the largest error of every comparison of floats, in units of eps, with its dtype and context."""


def eps_of(dtype: str) -> float:
    """The distance from 1 to the next number of a float or complex dtype."""
    part = {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)
    return float(ml_dtypes.finfo(lattice.numpy_dtype(part)).eps)


def assert_close(received: Any, expected: Any, dtype: str, tolerance: float = 8, context: str = "") -> None:
    """Raise unless two arrays agree: to `tolerance` units of the dtype's eps for floats, exactly else.

    nan agrees with nan, and an infinity with itself; a float that the dtype cannot hold agrees with infinity.

    Args:
        received: An array.
        expected: An array of the same shape, in a wider dtype as a rule.
        dtype: The dtype whose precision counts.
        tolerance: In units of eps, relative to the expected value or to 1, whichever is greater.
        context: What was compared, and how to repeat it.

    Raises:
        AssertionError: They do not agree.

    ```python
    >>> assert_close(np.float32([1.0]), np.float64([1.0]), "float32")

    ```
    """
    received, expected = np.asarray(received), np.asarray(expected)
    if received.shape != expected.shape:
        raise AssertionError(f"received shape {received.shape}, expected {expected.shape}\n{context}")
    if not (lattice.is_float(dtype) or dtype in lattice.COMPLEX):
        if not np.array_equal(received, expected.astype(received.dtype)):
            raise AssertionError(f"received {_show(received)}\nexpected {_show(expected)}\n{context}")
        return
    wide = np.complex128 if dtype in lattice.COMPLEX else np.float64
    a, b = received.astype(wide), expected.astype(wide)
    if wide is np.float64:
        most = float(ml_dtypes.finfo(lattice.numpy_dtype(dtype)).max)
        with np.errstate(over="ignore"):
            b = np.where(np.abs(b) > most * (1 + eps_of(dtype) / 2), np.copysign(np.inf, b), b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    finite = np.isfinite(a) & np.isfinite(b)
    error = np.where(finite, np.abs(np.where(finite, a, 0) - np.where(finite, b, 0)), np.inf)
    scaled = np.where(same, 0.0, error / (eps_of(dtype) * np.maximum(np.abs(np.where(finite, b, 0)), 1.0)))
    worst = float(np.max(scaled, initial=0.0))
    if listener is not None:
        listener(worst, dtype, context)
    if worst > tolerance:
        raise AssertionError(
            f"received {_show(received)}\nexpected {_show(expected)}\n"
            f"largest error {worst:.3g} eps of {dtype}, {tolerance:g} allowed\n{context}"
        )


def assert_same_spec(received: Spec, rule: Spec, context: str = "") -> None:
    """Raise unless a tensor's shape and dtype are those of a rule, unknown sizes being free.

    Raises:
        AssertionError: They are not.
    """
    fits = len(received.shape) == len(rule.shape) and all(
        a is None or b is None or a == b for a, b in zip(received.shape, rule.shape, strict=False)
    )
    if not fits or received.dtype != rule.dtype:
        raise AssertionError(f"received {received}, the rule says {rule}\n{context}")


def _show(x: np.ndarray) -> str:
    return np.array2string(x, threshold=40, max_line_width=120).replace("\n", " ")
