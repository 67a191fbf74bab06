"""Ops that start from the least or the greatest number of a dtype, which in one of floats is no infinity."""

from __future__ import annotations

import math
from typing import Any

import pytest

from multikeras import ops
from multikeras_conformance import calls

ENDS = {"float8_e4m3fn": 448.0, "float8_e5m2": math.inf, "bfloat16": math.inf, "float32": math.inf}


@pytest.fixture(params=ENDS)
def dtype(request: pytest.FixtureRequest) -> str:
    """Each of them that the backend has."""
    if not calls.holds(request.param):
        pytest.skip(f"The backend has no {request.param}.")
    return request.param


def _numbers(x: Any) -> list:
    return calls.to_numpy(x).astype("float64").tolist()


def test_empty_segment_has_the_end_of_the_dtype(dtype: str) -> None:
    """Not nan, to which an infinity would turn, in this segment and others."""
    data, end = ops.cast([1.0, 2.0, -3.0], dtype), ENDS[dtype]
    assert _numbers(ops.segment_max(data, [0, 0, 2], 3)) == [2, -end, -3]
    assert _numbers(ops.segment_min(data, [0, 0, 2], 3)) == [1, end, -3]


def test_padding_is_never_the_largest(dtype: str) -> None:
    """All entries are below zero."""
    images = ops.reshape(ops.cast([-4.0, -2.0, -3.0, -8.0], dtype), (1, 4, 1))
    assert _numbers(ops.reshape(ops.max_pool(images, 3, 1, "same"), (4,))) == [-2, -2, -2, -3]
