"""NumPy's product with matrices of few entries a row, beside that with all of them."""

from __future__ import annotations

import numpy as np
import pytest
from multikeras_numpy.kernels.bands import band, banded_product

_draws = np.random.default_rng(0)


def _matrix(count: int, size: int, taps: int) -> np.ndarray:
    """With `taps` entries in each row, somewhere, but for the last row, which has none."""
    matrix = np.zeros((count, size), "float32")
    for row in matrix[:-1]:
        start = _draws.integers(size - taps + 1)
        row[start : start + taps] = _draws.uniform(-1, 1, taps)
    return matrix


@pytest.mark.parametrize("taps", [1, 2, 5])
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((5,), 0),
        ((5, 4), 0),
        ((5, 40), 0),
        ((3, 5), 1),
        ((3, 6, 2), 1),
        ((2, 7, 40), 1),
        ((2, 3, 5, 3), 2),
        ((0, 5, 3), 1),
    ],
    ids=str,
)
def test_banded_product_is_the_product(shape: tuple[int, ...], axis: int, taps: int) -> None:
    """Rows behind the axis, taken whole or entry by entry; and no entries."""
    matrix, x = _matrix(8, shape[axis], taps), _draws.uniform(-1, 1, shape).astype("float32")
    before = x.copy()
    expected = np.moveaxis(np.tensordot(matrix.astype("float64"), x.astype("float64"), (1, axis)), 0, axis)
    received = banded_product(band(matrix), x, axis)
    assert (received.shape, received.dtype) == (expected.shape, x.dtype)
    np.testing.assert_allclose(received, expected, atol=1e-6)
    np.testing.assert_array_equal(x, before)


def test_what_a_row_has_no_share_of_does_not_touch_it() -> None:
    """0 times nan would be nan."""
    received = banded_product(band(np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]])), np.array([1.0, 3.0, np.nan]), 0)
    np.testing.assert_array_equal(received, [2.0, np.nan])
