"""NumPy's ops that go another way where there are many entries, or where none is nan, beside the way of few entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras.dtypes.lattice import numpy_dtype

_SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.0, 3e38, -3e38, 1e-45]


def _entries(special: bool, dtype: str = "float32") -> np.ndarray:
    x = np.random.default_rng(0).uniform(-3, 3, 70_000)
    if special:
        x[: len(_SPECIAL)] = x[-len(_SPECIAL) :] = _SPECIAL
    with np.errstate(over="ignore"):
        return x.astype(numpy_dtype(dtype))


_EACH: dict[str, Callable[[np.ndarray], Any]] = {
    "clip": lambda x: keras.ops.clip(x, -0.5, 1.0),
    "clip, ends in turn": lambda x: keras.ops.clip(x, 1.0, -1.0),
    "hard_tanh": keras.ops.hard_tanh,
    "isclose": lambda x: keras.ops.isclose(x, x * 1.0001, 1e-4, 1e-8, equal_nan=True),
    "relu": keras.ops.relu,
    "relu6": keras.ops.relu6,
    "saturate_cast": lambda x: keras.ops.saturate_cast(keras.ops.nan_to_num(x), "int8"),
    "sigmoid": keras.ops.sigmoid,
    "squareplus": keras.ops.squareplus,
    "where, a number first": lambda x: keras.ops.where(x > 0, 2, x),
    "where, a number last": lambda x: keras.ops.where(x > 0, x, 0.5),
}


# Squares of the largest numbers.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64"])
@pytest.mark.parametrize("name", _EACH)
def test_many_entries_are_what_few_are(name: str, dtype: str, special: bool) -> None:
    """To the last digit, but for that of a function that is rounded in steps."""
    x = _entries(special, dtype)
    before = x.copy()
    with keras.use_backend("numpy"):
        received = _EACH[name](x)
        expected = np.concatenate([_EACH[name](part) for part in np.split(x, 700)])
    assert received.dtype == expected.dtype
    assert x.tobytes() == before.tobytes()
    if received.dtype.name == "bfloat16":
        received, expected = received.astype("float32"), expected.astype("float32")
    if received.dtype.kind != "f":
        np.testing.assert_array_equal(received, expected)
        return
    for kind in (np.isnan, np.isposinf, np.isneginf):
        np.testing.assert_array_equal(kind(received), kind(expected))
    finite = np.isfinite(expected)
    np.testing.assert_array_max_ulp(received[finite], expected[finite], maxulp=1)


_REDUCTIONS = {
    "nansum": np.nansum,
    "nanprod": np.nanprod,
    "nanmean": np.nanmean,
    "nanvar": np.nanvar,
    "nanstd": np.nanstd,
}


@pytest.mark.parametrize("axis", [None, 0, (0, -1), -1])
@pytest.mark.parametrize("place", [None, (0, 0, 0), (3, 4, 5)], ids=str)
@pytest.mark.parametrize("strided", [False, True])
@pytest.mark.parametrize("name", _REDUCTIONS)
def test_reductions_pass_over_nan_wherever_it_is(
    name: str, strided: bool, place: tuple[int, ...] | None, axis: Any
) -> None:
    """Or is not: then they are those that do not look for it."""
    x = np.random.default_rng(0).uniform(0.5, 1.5, (4, 5, 6)).astype("float32")
    if place is not None:
        x[place] = np.nan
    x = x.transpose(2, 0, 1) if strided else x
    with keras.use_backend("numpy"):
        received = getattr(keras.ops, name)(x, axis)
    np.testing.assert_allclose(received, _REDUCTIONS[name](x.astype("float64"), axis), rtol=1e-5)
    assert received.dtype == x.dtype


def test_infinities_are_numbers() -> None:
    """Whose squares add up to infinity, not to nan."""
    with keras.use_backend("numpy"):
        assert keras.ops.nansum(np.array([np.inf, 1.0], "float32")) == np.inf
        assert keras.ops.nanmean(np.array([-np.inf, 1.0, np.nan], "float32")) == -np.inf
        close = keras.ops.isclose(np.array([np.inf, np.inf, 1.0]), np.array([np.inf, -np.inf, np.inf]))
    assert close.tolist() == [True, False, False]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -4, (0, 1), [1, 0, 2], (0, 2), (0, -3), (), None], ids=str)
@pytest.mark.parametrize("strided", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sums_over_any_axes(name: str, strided: bool, axis: Any, keepdims: bool) -> None:
    """Those over the first axes of an array in one piece are products."""
    x = np.random.default_rng(0).uniform(-1, 1, (6, 7, 10, 11)).astype("float32")
    x = x.transpose(3, 1, 0, 2) if strided else x
    with keras.use_backend("numpy"):
        received = getattr(keras.ops, name)(x, axis, keepdims)
    plain = tuple(axis) if isinstance(axis, list) else axis
    expected = getattr(np, name)(x.astype("float64"), plain, keepdims=keepdims)
    assert (received.shape, received.dtype) == (expected.shape, x.dtype)
    np.testing.assert_allclose(received, expected, atol=1e-4)
