"""Values and dtypes of ops against Keras's own, on the same backend, over the declared cases."""

from __future__ import annotations

import keras
import pytest
from parity.comparison import compared_ops, differences_of
from parity.differences import judge

from multikeras.ops._op import Op


@pytest.mark.parametrize("op", compared_ops(), ids=lambda op: op.name)
def test_values_and_dtypes_are_keras(op: Op) -> None:
    """Every case in float32 or its first dtype; what differs is in differences.toml, and nothing else is."""
    seen = differences_of(op, "cases")
    wrong = judge(op.name, keras.backend.backend(), "cases", seen)
    assert not wrong, "\n\n".join(wrong)
