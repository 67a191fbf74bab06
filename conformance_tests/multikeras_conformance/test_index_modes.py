"""Indices that point at no entry, where `mode` says what becomes of them. Values are also compared case by case."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, IndexRangeError

CALLS = [
    lambda mode: ops.take([1.0, 2.0, 3.0], [9], 0, mode),
    lambda mode: ops.take_along_axis([[1.0, 2.0, 3.0]], [[9]], 1, mode),
    lambda mode: ops.scatter([[9]], [5.0], (3,), mode),
    lambda mode: ops.scatter_update([1.0, 2.0, 3.0], [[9]], [5.0], mode=mode),
]
CLIPPED = [[3.0], [[3.0]], [0.0, 0.0, 5.0], [1.0, 2.0, 5.0]]
FILLED = [[np.nan], [[np.nan]], [0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]


@pytest.mark.parametrize("number", range(4))
def test_mode_of_the_public_function(number: int) -> None:
    """An error by default, the nearest place, or none."""
    call = CALLS[number]
    np.testing.assert_array_equal(ops.convert_to_numpy(call("clip")), CLIPPED[number])
    np.testing.assert_array_equal(ops.convert_to_numpy(call("fill")), FILLED[number])
    with pytest.raises(IndexRangeError, match="lies from -3 to 2"):
        call("raise")
    with pytest.raises(ArgumentError, match="mode is one of"):
        call("wrap")


def test_gradient_of_what_is_not_there() -> None:
    """None reaches an entry from an index that points nowhere; a clipped one counts."""
    if Capability.GRADIENTS not in current().can:
        return
    indices = np.array([0, 5, 1, -9], "int32")
    for mode, wanted in (("fill", [1.0, 1.0, 0.0]), ("clip", [2.0, 1.0, 1.0])):
        slope = ops.grad(lambda x, mode=mode: ops.nansum(ops.take(x, indices, 0, mode)))(np.ones(3, "float32"))
        np.testing.assert_array_equal(ops.convert_to_numpy(slope), wanted)


def test_sizes_that_are_known_late() -> None:
    """A graph with unknown sizes looks at those of each batch."""
    x, places = keras.Input((None,)), keras.Input((2,), dtype="int32")
    model = keras.Model([x, places], ops.take_along_axis(x, places, 1, mode="clip"))
    for width in (3, 5):
        rows = np.arange(2.0 * width, dtype="float32").reshape(2, width)
        found = model.predict([rows, np.array([[0, 9], [1, -9]], "int32")], verbose=0)
        np.testing.assert_array_equal(found, [[0, width - 1], [width + 1, width]])
