"""Images sampled where they end: what the oracle, which multiplies all that it meets, can't say."""

from __future__ import annotations

import numpy as np
import pytest

from multikeras import ops
from multikeras_conformance import calls


@pytest.mark.parametrize("order", [0, 1])
def test_infinite_entry_at_the_edge_is_not_seen_from_far_away(order):
    x = np.array([np.inf, 1.0, -np.inf], np.float32)
    places = np.array([[-5.0, -2.0, 4.0, 9.0, -1e30, np.inf]], np.float32)
    assert calls.to_numpy(ops.image.map_coordinates(x, places, order, fill_value=2.0)).tolist() == [2.0] * 6


def test_place_that_is_nan_is_nan():
    for fill_mode in ("constant", "nearest", "wrap", "mirror", "reflect"):
        found = ops.image.map_coordinates(np.ones(3, np.float32), np.array([[np.nan, 1.0]], np.float32), 1, fill_mode)
        np.testing.assert_array_equal(calls.to_numpy(found), [np.nan, 1.0])
