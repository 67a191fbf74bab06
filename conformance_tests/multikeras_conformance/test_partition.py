"""Entries before and behind a place, in an order that is up to the backend."""

from __future__ import annotations

import numpy as np
import pytest

from multikeras import ops
from multikeras_conformance import calls


@pytest.mark.parametrize("kth", [0, 3, 200, 299, -1, -300])
@pytest.mark.parametrize("axis", [0, -1, None])
def test_argpartition_parts_entries_at_the_place(kth: int, axis: int | None) -> None:
    """Many equal entries, and nan as the largest."""
    x = np.random.default_rng(0).integers(0, 40, (300, 300)).astype("float32")
    x[x == 39] = np.nan
    places = calls.to_numpy(ops.argpartition(calls.current().tensors.from_numpy(x), kth, axis))
    rows = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, -1)
    found = places.reshape(1, -1) if axis is None else np.moveaxis(places, axis, -1)
    np.testing.assert_array_equal(np.sort(found, -1), np.broadcast_to(np.arange(rows.shape[-1]), rows.shape))
    parted = np.take_along_axis(rows, found, -1)
    wanted = np.sort(rows, -1)
    np.testing.assert_array_equal(parted[:, kth], wanted[:, kth])
    kth %= rows.shape[-1]
    np.testing.assert_array_equal(np.sort(parted[:, :kth], -1), wanted[:, :kth])
