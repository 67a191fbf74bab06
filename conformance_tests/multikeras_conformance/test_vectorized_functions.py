"""Functions made to take tensors by `ops.vectorize`, and the neighbours of floats, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest

from multikeras import ops
from multikeras.errors import ArgumentError, ShapeError


def _larger(a, b, scale=1.0):
    return ops.maximum(a, b) * scale


def _array(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def test_vectorized_arguments_broadcast() -> None:
    """By position and by name, each beside the others."""
    x = np.array([[1.0, 5.0], [3.0, 4.0]], "float32")
    larger = ops.vectorize(_larger)
    np.testing.assert_array_equal(_array(larger(x, [2.0, 4.5])), np.maximum(x, np.array([2.0, 4.5], "float32")))
    scaled = larger(x, 2.0, scale=np.array([[1.0], [10.0]], "float32"))
    np.testing.assert_array_equal(_array(scaled), np.maximum(x, 2) * [[1], [10]])


def test_excluded_argument_arrives_as_it_is() -> None:
    """It is no tensor, and does not broadcast."""
    seen = []

    def note(a, how):
        seen.append(how)
        return a + 1.0

    result = ops.vectorize(note, excluded={1})(np.zeros((2, 2), "float32"), "so")
    np.testing.assert_array_equal(_array(result), np.ones((2, 2)))
    assert set(seen) == {"so"}


def test_signature_names_core_axes() -> None:
    """Products of matrices and vectors, over axes that broadcast."""
    rng = np.random.default_rng(0)
    matrices = rng.standard_normal((4, 2, 3)).astype("float32")
    vectors = rng.standard_normal((5, 1, 3)).astype("float32")
    product = ops.vectorize(lambda m, v: ops.sum(m * v, 1), signature="(m,n),(n)->(m)")
    wanted = np.einsum("kmn,pln->pkm", matrices.astype("float64"), vectors.astype("float64"))
    np.testing.assert_allclose(_array(product(matrices, vectors)), wanted, atol=1e-6)


def test_vectorized_results_nest() -> None:
    """Tuples stay tuples; results with axes have these last."""
    first, both = ops.vectorize(lambda x: (x, ops.stack([x, x])))(np.ones((2, 3), "float32"))
    assert _array(first).shape == (2, 3)
    assert _array(both).shape == (2, 3, 2)


def test_bad_vectorized_function_is_refused() -> None:
    """What is no function, no signature, or does not fit it."""
    with pytest.raises(ArgumentError, match="is a function"):
        ops.vectorize(3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="signature names the axes"):
        ops.vectorize(_larger, signature="n->m")
    product = ops.vectorize(_larger, signature="(n),(n)->(n)")
    with pytest.raises(ArgumentError, match="each argument"):
        product(np.ones(2, "float32"))
    with pytest.raises(ShapeError, match="one size"):
        product(np.ones(2, "float32"), np.ones(3, "float32"))


def test_rows_are_padded_with_the_value() -> None:
    """All at once, and by a scalar tensor too."""
    x = np.arange(6.0, dtype="float32").reshape(3, 2)
    for value in (1.5, ops.convert_to_tensor(1.5)):
        found = ops.vectorized_map(lambda row, value=value: ops.pad(row, 1, constant_values=value), x)
        np.testing.assert_array_equal(_array(found), np.pad(x, ((0, 0), (1, 1)), constant_values=1.5))


@pytest.mark.parametrize("x", [1.0, -1.0, 0.0, 1e-45, -1e-45, 3.4028235e38, 2.0])
@pytest.mark.parametrize("towards", [float("-inf"), -1.0, 0.0, 2.0, float("inf")])
def test_next_float_is_one_step_away(x: float, towards: float) -> None:
    """Bit by bit as in NumPy."""
    ends = np.array([x], "float32"), np.array([towards], "float32")
    received = _array(ops.nextafter(*ends))
    np.testing.assert_array_equal(received.view("int32"), np.nextafter(*ends).view("int32"))
