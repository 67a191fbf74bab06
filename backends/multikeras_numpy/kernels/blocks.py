"""Functions of entries, block by block: what a block needs stays in the processor's cache from step to step.

A step over a large array reads and writes memory, which takes several times as long as the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# Entries of a block: 256 KiB in float64.
SIZE = 32768

Kernel = Callable[[np.ndarray, np.ndarray], Any]
"""`kernel(part, out)` writes its result to `out`, a vector of the length of `part`."""


def blockwise(kernel: Kernel, x: np.ndarray) -> np.ndarray:
    """The result of a kernel on every entry of `x`, of its shape and dtype.

    >>> blockwise(lambda part, out: np.multiply(part, part, out=out), np.arange(4.0))
    array([0., 1., 4., 9.])
    """
    result = np.empty(x.shape, x.dtype)
    entries, found = x.reshape(-1), result.reshape(-1)
    for start in range(0, entries.size, SIZE):
        kernel(entries[start : start + SIZE], found[start : start + SIZE])
    return result


def ratio(x: np.ndarray, numerator: tuple[float, ...], denominator: tuple[float, ...]) -> np.ndarray:
    """The quotient of two polynomials, highest power first, in new memory.

    >>> ratio(np.array([2.0]), (1.0, 0.0), (1.0, 2.0))
    array([0.5])
    """
    above, below = (_polynomial(x, coefficients) for coefficients in (numerator, denominator))
    return np.divide(above, below, out=above)


def _polynomial(x: np.ndarray, coefficients: tuple[float, ...]) -> np.ndarray:
    result = x * coefficients[0]
    for coefficient in coefficients[1:-1]:
        result += coefficient
        result *= x
    result += coefficients[-1]
    return result
