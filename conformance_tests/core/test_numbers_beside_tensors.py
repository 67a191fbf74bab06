"""A Python number adopts the dtype of the tensors it meets: at the first call, and on the fast path of later ones."""

import ml_dtypes
import numpy as np
import pytest

import multikeras
from multikeras import ops
from multikeras.dtypes import lattice, result_type
from multikeras.errors import ArgumentError

DTYPES = ("bool", "uint8", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64")

TOO_LARGE = {("uint8", -1), ("uint8", 2**15), ("int8", 2**15)}


@pytest.fixture(autouse=True)
def on_numpy():
    with multikeras.use_backend("numpy"):
        yield


@pytest.mark.parametrize("number", [0, 2, 100, -1, 2**15, 0.0, 2.5, -1.5, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_dtype_is_that_of_the_lattice_at_every_call(dtype, number):
    x = np.ones(3, lattice.numpy_dtype(dtype))
    expected = result_type(dtype, type(number))
    if type(number) is int and (dtype, number) in TOO_LARGE:
        for _ in range(2):
            with pytest.raises(ArgumentError, match="fits the dtype"):
                ops.multiply(x, number)
        return
    for _ in range(3):
        for product in (ops.multiply(x, number), ops.multiply(number, x)):
            assert product.dtype.name == expected
            np.testing.assert_array_equal(product.astype("float64"), np.full(3, float(number)))


def test_one_entry_serves_all_dtypes_of_a_type():
    for dtype in (*DTYPES, *reversed(DTYPES)):
        x = np.zeros(2, lattice.numpy_dtype(dtype))
        assert ops.add(x, 1.0).dtype.name == result_type(dtype, float)
        assert ops.add(x, 1).dtype.name == result_type(dtype, int)


def test_a_choice_between_numbers_alone_is_of_their_own_dtype():
    condition = np.array([True, False])
    for _ in range(2):
        assert ops.where(condition, 1.0, 0.0).dtype.name == "float32"
        assert ops.where(condition, 1, 0.5).dtype.name == "float32"
        assert ops.where(condition, np.ones(2, "float16"), 0.5).dtype.name == "float16"
        assert ops.where(condition, np.ones(2, ml_dtypes.bfloat16), 0.5).dtype.name == "bfloat16"


def test_a_number_that_does_not_fit_is_refused_on_the_fast_path_too():
    x = np.ones(2, "int8")
    assert ops.add(x, 100).tolist() == [101, 101]
    with pytest.raises(ArgumentError, match="1000 as int8"):
        ops.add(x, 1000)
