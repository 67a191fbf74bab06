"""NumPy's `ops.where` on large arrays, which are chosen from by arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras

_SHAPES = [((100, 100), (100, 100)), ((), (100, 100)), ((100, 1), (1,)), ((3, 1, 100), (100,)), ((), ())]


@pytest.mark.parametrize("shapes", _SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint16", "int64", "bool", "complex64"])
def test_where_of_many_entries_is_numpys(dtype: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    """Broadcast, transposed, and with nan and negative zero among the floats."""
    draws = np.random.default_rng(0)
    condition = (draws.normal(size=(100, 100)) > 0).T
    x, y = (np.asarray(10 * draws.normal(size=shape)).astype(dtype) for shape in shapes)
    if y.size > 1 and y.dtype.kind == "f":
        y.flat[:2] = [np.nan, -0.0]
    with keras.use_backend("numpy"):
        received = keras.ops.where(condition, x, y)
    expected = np.where(condition, x, y)
    assert (received.dtype, received.shape) == (expected.dtype, expected.shape)
    assert received.tobytes() == np.ascontiguousarray(expected).tobytes()
