"""Values and dtypes of ops against Keras's own, on the same backend, over the whole table of dtypes."""

from __future__ import annotations

import keras
import pytest
from parity.comparison import compared_ops, differences_of
from parity.differences import judge

from multikeras.ops._op import Op


@pytest.mark.parametrize("op", compared_ops(), ids=lambda op: op.name)
def test_results_over_all_dtypes_are_keras(op: Op) -> None:
    """Each dtype, each pair of those that are promoted, and Python numbers beside each; see differences.toml."""
    seen = differences_of(op, "dtypes")
    wrong = judge(op.name, keras.backend.backend(), "dtypes", seen)
    assert not wrong, "\n\n".join(wrong)
