"""Variables and the scopes that change how they read: values against NumPy, on whatever backend is current."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import current
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.state.scope import AutoCastScope, StatelessScope


def number(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def test_first_value_comes_from_anything_array_like() -> None:
    """Numbers, nested lists, arrays, tensors, other variables, initializers and their names."""
    array = np.arange(6, dtype="float32").reshape(2, 3)
    for given in (array, array.tolist(), ops.convert_to_tensor(array), keras.Variable(array)):
        v = keras.Variable(given)
        np.testing.assert_array_equal(v.numpy(), array)
        assert (v.shape, v.dtype, v.ndim) == ((2, 3), "float32", 2)
    assert keras.Variable(3).dtype == "int32"
    assert keras.Variable("ones", shape=(2,)).numpy().tolist() == [1, 1]
    drawn = keras.Variable(keras.initializers.RandomNormal(seed=3), shape=(4, 5)).numpy()
    np.testing.assert_array_equal(drawn, number(keras.initializers.RandomNormal(seed=3)((4, 5))))


@pytest.mark.parametrize("dtype", sorted(lattice.ALL))
def test_variable_keeps_every_dtype_that_the_backend_holds(dtype: str) -> None:
    """Its dtype is the one asked for, or there is an error."""
    try:
        current().tensors.native_dtype(dtype)
    except DTypeError:
        with pytest.raises(DTypeError):
            keras.Variable([1, 0], dtype=dtype)
        return
    v = keras.Variable([1, 0], dtype=dtype)
    assert v.dtype == dtype == ops.dtype(v.value)
    v.assign([0, 1])
    assert v.dtype == dtype
    assert v.numpy().astype("complex64").tolist() == [0, 1]


def test_assignments_store_and_return_nothing_lost() -> None:
    """`assign`, `assign_add` and `assign_sub`, of arrays, numbers, tensors and variables; other dtypes are cast."""
    v = keras.Variable(np.zeros((2, 2), "float32"))
    v.assign([[1, 2], [3, 4]])
    v.assign_add(1)
    v.assign_sub(ops.convert_to_tensor(np.full((2, 2), 0.5, "float32")))
    v.assign_add(keras.Variable(np.ones((2, 2), "float32")))
    assert v.numpy().tolist() == [[2.5, 3.5], [4.5, 5.5]]
    v.assign(np.array([[1, 0], [0, 1]]))
    assert v.dtype == "float32"
    assert v.numpy().tolist() == [[1, 0], [0, 1]]
    assert number(v.assign_add(1)).tolist() == number(v.assign(v.value)).tolist() == [[2, 1], [1, 2]]


def test_value_that_was_read_does_not_change_later() -> None:
    """What `numpy` gave, and a tensor computed from the variable, stay as they were."""
    v = keras.Variable([1.0, 2.0])
    array, computed = v.numpy(), ops.add(v, 0.0)
    v.assign([5.0, 6.0])
    assert array.tolist() == [1, 2]
    assert number(computed).tolist() == [1, 2]


def test_variable_does_not_share_memory_with_its_first_value() -> None:
    """Writing into the array, or into what `numpy` gave, leaves the variable alone."""
    array = np.array([1.0, 2.0], "float32")
    v = keras.Variable(array)
    array[:] = 9
    assert v.numpy().tolist() == [1, 2]
    taken = v.numpy().copy()
    taken[:] = 7
    assert v.numpy().tolist() == [1, 2]


@pytest.mark.parametrize("shape", [(3, 3, 40, 50), (1, 1, 150, 160), (3, 2, 3, 30, 40), (160, 120)])
def test_large_kernels_hold_what_is_given_and_assigned(shape: tuple[int, ...]) -> None:
    """However a backend lays them out, from arrays, tensors and other variables."""
    first, second, third = np.random.default_rng(1).normal(size=(3, *shape)).astype("float32")
    v = keras.Variable(first)
    np.testing.assert_array_equal(v.numpy(), first)
    v.assign(second)
    np.testing.assert_array_equal(v.numpy(), second)
    v.assign(ops.convert_to_tensor(third))
    np.testing.assert_array_equal(v.numpy(), third)
    v.assign(keras.Variable(first))
    np.testing.assert_array_equal(v.numpy(), first)
    v.assign(ops.transpose(ops.transpose(v) * 2))
    np.testing.assert_array_equal(v.numpy(), first * 2)
    np.testing.assert_array_equal(copy.deepcopy(v).numpy(), first * 2)


def test_wrong_assignments_change_nothing() -> None:
    """Another shape is an error, and so is a value that is no tensor."""
    v = keras.Variable([1.0, 2.0])
    for wrong, kind in (([1.0], ShapeError), (np.ones((2, 1)), ShapeError), ("text", ArgumentError)):
        with pytest.raises(kind):
            v.assign(wrong)
    assert v.numpy().tolist() == [1, 2]


def test_wrong_arguments_of_variables_are_errors() -> None:
    """Names with a slash, unknown aggregations, functions without a shape."""
    for arguments in (
        {"name": "a/b"},
        {"aggregation": "median"},
        {"synchronization": "never"},
        {"initializer": "ones"},
        {"what": 1},
    ):
        with pytest.raises(ArgumentError):
            keras.Variable(**{"initializer": 1.0, **arguments})
    with pytest.raises(ShapeError):
        keras.Variable(np.ones(3, "float32"), shape=(2,))


def test_operators_take_variables_for_tensors() -> None:
    """Arithmetic, comparison, indexing and ops on variables are those on their values."""
    a = np.array([[1.0, -2.0], [3.0, 4.0]], "float32")
    v = keras.Variable(a)
    for mine, wanted in (
        (v + 1, a + 1),
        (2 * v, 2 * a),
        (1 - v, 1 - a),
        (v / 2, a / 2),
        (v**2, a**2),
        (-v, -a),
        (v @ v, a @ a),
        (v > 0, a > 0),
        (v[0], a[0]),
        (v[:, 1], a[:, 1]),
        (abs(v), abs(a)),
        (ops.sum(v, axis=0), a.sum(axis=0)),
        (v + keras.Variable(a), a + a),
    ):
        np.testing.assert_allclose(number(mine), wanted, rtol=1e-6)
    assert len(v) == 2
    assert float(keras.Variable(2.5)) == 2.5
    assert int(keras.Variable(7)) == 7
    assert [number(row)[0] for row in v] == [1, 3]


def test_stateless_scope_reads_given_values_and_collects_assignments() -> None:
    """Inside it variables have other values; afterwards they are as before."""
    v, w = keras.Variable([1.0, 2.0]), keras.Variable(5.0)
    with StatelessScope([(v, ops.convert_to_tensor(np.array([10.0, 20.0], "float32")))]) as scope:
        assert number(v.value).tolist() == [10, 20]
        v.assign_add([1.0, 1.0])
        assert number(v.value).tolist() == [11, 21]
        w.assign(w.value * 2)
    assert number(scope.get_current_value(v)).tolist() == [11, 21]
    assert float(number(scope.get_current_value(w))) == 10
    assert v.numpy().tolist() == [1, 2]
    assert float(w) == 5


def test_autocast_scope_reads_floats_in_another_dtype() -> None:
    """Floats that allow it, not integers; assignments keep the variable's own dtype."""
    v, exact, whole = keras.Variable([1.0]), keras.Variable([1.0], autocast=False), keras.Variable([1])
    with AutoCastScope("float16"):
        assert (v.dtype, exact.dtype, whole.dtype) == ("float16", "float32", "int32")
        assert ops.dtype(v.value) == "float16"
        v.assign_add([0.0001])
    assert v.dtype == "float32"
    assert v.numpy()[0] == np.float32(1) + np.float32(0.0001)


def test_names_and_paths_follow_the_scopes() -> None:
    """A path is the name with the scopes around it."""
    with keras.name_scope("outer"), keras.name_scope("inner"):
        v = keras.Variable(1.0, name="w")
    assert (v.name, v.path) == ("w", "outer/inner/w")
    assert keras.Variable(1.0).name != keras.Variable(1.0).name


def test_copied_and_pickled_variables_are_their_own() -> None:
    """Equal values, settings kept, no shared storage."""
    v = keras.Variable([1.0, 2.0], trainable=False, name="kept")
    v.constraint = keras.constraints.NonNeg()
    for twin in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        assert (twin.name, twin.trainable, twin.dtype, twin.backend) == ("kept", False, "float32", v.backend)
        assert isinstance(twin.constraint, keras.constraints.NonNeg)
        twin.assign([3.0, 4.0])
        assert v.numpy().tolist() == [1, 2]
        assert twin.numpy().tolist() == [3, 4]


def test_freezing_a_variable_is_seen_by_gradients() -> None:
    """`trainable` can be set, and gradients are still taken where asked for by name."""
    v = keras.Variable([1.0, 2.0])
    v.trainable = False
    assert not v.trainable
    v.trainable = True
    _, (gradient,) = keras.value_and_grad(lambda: ops.sum(ops.square(v)), [v])
    assert number(gradient).tolist() == [2, 4]
