"""Python numbers where 64 bits are asked for: made in them at once, where 32 bits on the way would lose digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from multikeras import Variable, ops, random
from multikeras.ops._op import DECLARED
from multikeras_conformance import calls

PARTS = [1 / 3, 2 / 7]
LARGE = [2**53 + 1, 2**40 + 1]

MAKERS: dict[str, Callable[[Any, str], Any]] = {
    **{name: getattr(ops, name) for name in ("array", "cast", "convert_to_tensor", "saturate_cast")},
    "Variable": lambda x, dtype: Variable(x, dtype=dtype).value,
    "full": lambda x, dtype: ops.full(np.shape(x), x, dtype),
}


@pytest.fixture(params=["float64", "int64", "uint64", "complex128"])
def dtype(request: pytest.FixtureRequest) -> str:
    """Each of them that the backend has."""
    if not calls.holds(request.param):
        pytest.skip(f"The backend has no {request.param}.")
    return request.param


@pytest.mark.parametrize("name", MAKERS)
def test_numbers_are_made_in_the_dtype_asked_for(name: str, dtype: str) -> None:
    """By themselves and in lists, to the last digit."""
    if name == "saturate_cast" and dtype == "complex128":
        pytest.skip("There is no range of complex numbers.")
    numbers: list[Any] = PARTS if dtype == "float64" else [x * 1j for x in PARTS] if dtype == "complex128" else LARGE
    for given in (numbers, numbers[0], [numbers]):
        made = MAKERS[name](given, dtype)
        assert calls.to_numpy(made).tolist() == given


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_whole_part_of_a_large_float(dtype: str) -> None:
    """Which float32 does not hold; int64 has it to the last digit."""
    if not calls.holds(dtype):
        pytest.skip(f"The backend has no {dtype}.")
    assert calls.to_numpy(ops.convert_to_tensor([2.0**24 + 1], dtype)).tolist() == [2**24 + 1]
    if dtype == "int64":
        assert calls.to_numpy(ops.cast(2.0**40 + 1, dtype)).tolist() == 2**40 + 1


@pytest.mark.parametrize(
    "name", [op.name for op in DECLARED.values() if op.made_in is not None and "cast" not in op.name]
)
def test_sums_and_products_are_of_the_dtype_asked_for(name: str) -> None:
    """Each of an op that adds or multiplies in a dtype."""
    if not calls.holds("float64"):
        pytest.skip("The backend has no float64.")
    found = calls.to_numpy(getattr(ops, name)(PARTS, dtype="float64"))
    np.testing.assert_allclose(found, getattr(np, name)(np.array(PARTS)), rtol=1e-15)


def test_bounds_of_draws_are_of_the_dtype_asked_for() -> None:
    """A span so narrow that float32 has no number in it."""
    if not calls.holds("float64"):
        pytest.skip("The backend has no float64.")
    for drawn in (
        random.uniform((5,), PARTS[0], PARTS[0] + 1e-12, dtype="float64", seed=1),
        random.normal((5,), PARTS[0], 1e-14, dtype="float64", seed=1),
        random.truncated_normal((5,), PARTS[0], 1e-14, dtype="float64", seed=1),
    ):
        np.testing.assert_allclose(calls.to_numpy(drawn), PARTS[0], rtol=1e-11)


def test_numbers_in_a_list_beside_float64() -> None:
    """They take the dtype of the tensor that they meet."""
    if not calls.holds("float64"):
        pytest.skip("The backend has no float64.")
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(calls.to_numpy(ops.add(x, PARTS)), x + np.array(PARTS), rtol=1e-15)
