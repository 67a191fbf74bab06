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


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_where_of_many_entries_takes_a_number(dtype: str) -> None:
    """In either place: it adopts the dtype of the tensor."""
    condition, x = np.arange(10_000) % 3 == 0, np.arange(10_000).astype(dtype)
    with keras.use_backend("numpy"):
        first, second = keras.ops.where(condition, x, 2), keras.ops.where(condition, 2, x)
    assert first.dtype == second.dtype == x.dtype
    assert first.tobytes() == np.where(condition, x, x.dtype.type(2)).tobytes()
    assert second.tobytes() == np.where(condition, x.dtype.type(2), x).tobytes()
