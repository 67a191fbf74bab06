"""TensorFlow's ways through tensors on the host, which look at the values before they choose a kernel."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras
from multikeras import ops

tf = pytest.importorskip("tensorflow")

from multikeras_tensorflow.host_memory import surely_finite  # noqa: E402


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with multikeras.use_backend("tensorflow"):
        yield


def test_few_quotients_that_were_rounded_up_are_corrected():
    random = np.random.default_rng(0)
    divisor = random.uniform(0.1, 10, 4000).astype("float32")
    dividend = random.uniform(0, 9, 4000).astype("float32")
    # Just below a multiple, where the quotient in 32 bits is the whole number above.
    count = random.integers(1, 1000, 200).astype("float32")
    dividend[::20] = np.nextafter(count * divisor[::20], np.float32(0))
    expected = np.floor(dividend.astype("float64") / divisor)
    assert (np.floor(dividend / divisor) != expected).any()
    np.testing.assert_array_equal(np.asarray(ops.floor_divide(dividend, divisor)), expected)


@pytest.mark.parametrize("others", [0, 1000])
def test_quotients_of_special_values_are_the_same_among_few_and_many(others):
    special = np.array([0.0, -0.0, 1.0, -3.0, np.inf, -np.inf, np.nan, 1e30, 1e-30], "float32")
    x1, x2 = (x.ravel() for x in np.meshgrid(special, special))
    alone = [float(ops.floor_divide(tf.constant(a), tf.constant(b))) for a, b in zip(x1, x2, strict=True)]
    fill = np.full(others, 1.5, "float32")
    found = np.asarray(ops.floor_divide(np.concatenate([x1, 4 * fill / 3.1]), np.concatenate([x2, fill])))
    np.testing.assert_array_equal(found[: len(x1)], alone)
    np.testing.assert_array_equal(found[len(x1) :], np.ones(others))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64"])
def test_what_is_not_finite_is_seen(dtype):
    for values, finite in (
        ([1, -2], True),
        ([], True),
        ([1, np.nan], False),
        ([np.inf, -np.inf], False),
        ([-np.inf], False),
    ):
        assert surely_finite(tf.constant(values, dtype)) == finite
    assert not surely_finite(tf.constant([np.nan] + [1] * 1000, dtype))
