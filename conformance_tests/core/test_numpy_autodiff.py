"""Gradients of the NumPy backend: how calls are remembered, and some rules, against central differences."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import registry
from multikeras.errors import DTypeError, NotSupportedError, ShapeError
from multikeras.training.gradients import value_and_grad as gradients_of_variables

numpy = registry.load("numpy")
assert numpy.autodiff is not None
value_and_grad = numpy.autodiff.value_and_grad
no_grad = numpy.autodiff.no_grad


@pytest.fixture(autouse=True)
def _on_numpy() -> Iterator[None]:
    with keras.use_backend("numpy"):
        yield


def _array(*shape: int, low: float = -2.0, high: float = 2.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape)


def _differences(fn: Callable[[list], float], values: list[np.ndarray], step: float = 1e-6) -> list[np.ndarray]:
    """Central differences, entry by entry."""
    found = []
    for x in values:
        slopes = np.zeros(x.shape)
        for place in np.ndindex(*x.shape):
            kept = x[place]
            x[place] = kept + step
            above = float(fn(values))
            x[place] = kept - step
            below = float(fn(values))
            x[place] = kept
            slopes[place] = (above - below) / (2 * step)
        found.append(slopes)
    return found


def _assert_gradients(fn: Callable[[list], Any], *values: np.ndarray, rtol: float = 1e-6) -> None:
    value, gradients = value_and_grad(fn, list(values))
    assert float(value) == float(fn(list(values)))
    for received, expected, x in zip(gradients, _differences(fn, list(values)), values, strict=True):
        assert received.shape == x.shape
        assert received.dtype == x.dtype
        np.testing.assert_allclose(received, expected, rtol=rtol, atol=1e-7)


def _weights(shape: tuple[int, ...]) -> np.ndarray:
    return _array(*shape, seed=7)


def _combined(y: Any) -> Any:
    """A scalar in which every entry has a weight of its own."""
    return ops.sum(ops.multiply(y, _weights(ops.shape(y))))


# -- What is remembered ---------------------------------------------------------------------------------------


def test_unused_value_has_a_gradient_of_zeros() -> None:
    used, unused = _array(3), _array(2, 2).astype("float32")
    _, (first, second) = value_and_grad(lambda vs: ops.sum(vs[0]), [used, unused])
    assert first.tolist() == [1.0, 1.0, 1.0]
    assert second.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert second.dtype == np.float32


def test_constant_has_gradients_of_zeros() -> None:
    value, (gradient,) = value_and_grad(lambda vs: np.float64(4.0), [_array(2)])
    assert value == 4.0
    assert gradient.tolist() == [0.0, 0.0]


def test_value_itself_has_a_gradient_of_one() -> None:
    value, (gradient,) = value_and_grad(lambda vs: vs[0], [np.array(3.0)])
    assert (float(value), float(gradient)) == (3.0, 1.0)


def test_value_used_twice_gets_the_sum() -> None:
    _assert_gradients(lambda vs: _combined(vs[0] * ops.sin(vs[0]) + vs[0]), _array(2, 3))


def test_aux_comes_back_as_plain_arrays() -> None:
    def fn(vs: list) -> tuple:
        y = ops.exp(vs[0])
        return ops.sum(y), {"y": y, "rest": [y + 1.0, (y, 2)], "plain": np.ones(2)}

    x = _array(3)
    (value, aux), (gradient,) = value_and_grad(fn, [x], has_aux=True)
    assert type(aux["y"]) is np.ndarray
    assert type(aux["rest"][0]) is np.ndarray
    assert type(aux["rest"][1][0]) is np.ndarray
    assert aux["rest"][1][1] == 2
    np.testing.assert_allclose(aux["y"], np.exp(x))
    np.testing.assert_allclose(gradient, np.exp(x))
    assert float(value) == pytest.approx(np.exp(x).sum())


def test_results_are_arrays_that_can_be_written() -> None:
    _, (gradient,) = value_and_grad(lambda vs: ops.sum(vs[0]), [_array(4)])
    gradient += 1.0
    assert gradient.tolist() == [2.0] * 4


def test_integers_and_booleans_pass_without_gradient() -> None:
    def fn(vs: list) -> Any:
        whole = ops.cast(vs[0], "int32")
        assert type(whole) is np.ndarray
        places = ops.argsort(vs[0])
        assert type(places) is np.ndarray
        assert type(vs[0] > 0.0) is np.ndarray
        return ops.sum(ops.take(vs[0], places[:2]) * ops.cast(whole[0], "float64"))

    x = np.array([3.5, -1.0, 2.0])
    _, (gradient,) = value_and_grad(fn, [x])
    assert gradient.tolist() == [0.0, 3.0, 3.0]


def test_casts_pass_gradients_in_the_dtype_of_the_value() -> None:
    x = np.array([1.0, 2.0], "float16")
    _, (gradient,) = value_and_grad(lambda vs: ops.sum(ops.square(ops.cast(vs[0], "float64"))), [x])
    assert gradient.dtype == np.float16
    assert gradient.tolist() == [2.0, 4.0]


def test_stop_gradient_stops_gradients() -> None:
    _, (gradient,) = value_and_grad(lambda vs: ops.sum(vs[0] * ops.stop_gradient(vs[0])), [np.array([2.0, 3.0])])
    assert gradient.tolist() == [2.0, 3.0]


def test_no_grad_forgets() -> None:
    def fn(vs: list) -> Any:
        with no_grad():
            constant = ops.exp(vs[0])
            assert type(constant) is np.ndarray
            inner = value_and_grad(lambda ws: ops.sum(ws[0] * ws[0]), [constant])[1][0]
        return ops.sum(vs[0] * inner)

    x = np.array([0.0, 1.0])
    _, (gradient,) = value_and_grad(fn, [x])
    np.testing.assert_allclose(gradient, 2 * np.exp(x))


def test_operators_indexing_and_iteration_reach_traced_arrays() -> None:
    def fn(vs: list) -> Any:
        x = vs[0]
        rows = [row @ row for row in x]
        y = (1.0 + x) * 2.0 - x / 3.0 + (-x) ** 2.0 + abs(x) + 2.0**x
        return sum(rows) + _combined(y[1:, ::2]) + y[0, -1] * float(len(x))

    _assert_gradients(fn, _array(3, 4, low=0.5))


def test_functions_of_numpy_are_refused() -> None:
    with pytest.raises(NotSupportedError, match=r"ops\.exp"):
        value_and_grad(lambda vs: np.sum(np.asarray(vs[0])), [_array(2)])
    with pytest.raises(TypeError):
        value_and_grad(lambda vs: ops.sum(np.exp(vs[0])), [_array(2)])


def test_values_can_be_looked_at() -> None:
    def fn(vs: list) -> Any:
        assert float(vs[0]) == vs[0].item() == 2.5
        assert int(vs[0]) == 2
        assert bool(vs[0])
        assert f"{vs[0]:.2f}" == "2.50"
        assert "2.5" in repr(vs[0])
        assert ops.convert_to_numpy(vs[0]).tolist() == 2.5
        assert len({vs[0], vs[0]}) == 1
        assert weakref.ref(vs[0])() is vs[0]
        return vs[0] * 3.0 if vs[0] > 2.0 else vs[0]

    assert float(value_and_grad(fn, [np.array(2.5)])[1][0]) == 3.0


def test_result_is_a_scalar() -> None:
    with pytest.raises(ShapeError, match="scalar"):
        value_and_grad(lambda vs: vs[0], [_array(2)])


def test_values_are_floats() -> None:
    with pytest.raises(DTypeError, match="floats"):
        value_and_grad(lambda vs: ops.sum(vs[0]), [np.arange(3)])


# -- Gradients of gradients -----------------------------------------------------------------------------------


def _gradient(fn: Callable, x: Any) -> Any:
    return value_and_grad(lambda vs: fn(vs[0]), [x])[1][0]


def test_second_and_third_derivatives() -> None:
    def first(x: Any) -> Any:
        return _gradient(lambda y: ops.power(y, 4.0), x)

    def second(x: Any) -> Any:
        return _gradient(first, x)

    x = np.array(1.5)
    assert float(first(x)) == pytest.approx(4 * 1.5**3)
    assert float(second(x)) == pytest.approx(12 * 1.5**2)
    assert float(_gradient(second, x)) == pytest.approx(24 * 1.5)


def test_inner_gradient_depends_on_outer_value() -> None:
    """The levels are kept apart: the inner function is constant in the outer value but for a factor."""

    def fn(vs: list) -> Any:
        outer = vs[0]
        return outer * _gradient(lambda inner: outer * inner, np.array(3.0))

    assert float(value_and_grad(fn, [np.array(5.0)])[1][0]) == 10.0


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_penalty_on_gradients_of_a_convolution(padding: str) -> None:
    x = _array(2, 5, 4, 2)

    def loss(kernel: Any, inputs: Any) -> Any:
        y = ops.max_pool(ops.tanh(ops.conv(inputs, kernel, 1, padding)), 2)
        return ops.sum(ops.square(ops.average_pool(y, 1)))

    def penalty(vs: list) -> Any:
        return ops.sum(ops.square(_gradient(lambda inputs: loss(vs[0], inputs), x)))

    _assert_gradients(penalty, _array(2, 2, 2, 3) * 0.3, rtol=1e-4)


def test_gradients_of_gradients_of_variables() -> None:
    v = keras.Variable([1.0, 2.0])
    w = keras.Variable([0.5, -1.0])

    def outer() -> Any:
        _, (slope,) = gradients_of_variables(lambda: ops.sum(v * v * v * w), [v])
        return ops.sum(slope * slope)

    _, (for_v, for_w) = gradients_of_variables(outer, [v, w])
    # slope = 3 v^2 w
    np.testing.assert_allclose(for_v, 36 * v.numpy() ** 3 * w.numpy() ** 2, rtol=1e-6)
    np.testing.assert_allclose(for_w, 18 * v.numpy() ** 4 * w.numpy(), rtol=1e-6)


# -- When things go wrong, and threads ------------------------------------------------------------------------


def test_error_inside_leaves_nothing_behind() -> None:
    def fails(vs: list) -> Any:
        with no_grad():
            raise RuntimeError("inside")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="inside"):
            value_and_grad(fails, [_array(2)])
        _, (gradient,) = value_and_grad(lambda vs: ops.sum(vs[0] * vs[0]), [np.array([3.0])])
        assert gradient.tolist() == [6.0]


def test_wrong_arguments_are_told_as_without_gradients() -> None:
    with pytest.raises(ShapeError) as plain:
        ops.matmul(_array(2, 3), _array(2, 3))
    with pytest.raises(ShapeError) as traced:
        value_and_grad(lambda vs: ops.sum(ops.matmul(vs[0], _array(2, 3))), [_array(2, 3)])
    assert str(plain.value) == str(traced.value)


def test_threads_do_not_disturb_each_other() -> None:
    wrong: list[Any] = []

    def work(number: int) -> None:
        with keras.use_backend("numpy"):
            for i in range(30):
                x = np.full(4, float(number + i))

                def fn(vs: list) -> Any:
                    if number % 2:
                        with no_grad():
                            ops.exp(vs[0])
                    slope = _gradient(lambda y: ops.sum(y * y * y), vs[0])
                    return ops.sum(slope)

                received = value_and_grad(fn, [x])[1][0]
                if not np.allclose(received, 6 * x):
                    wrong.append((number, i, received))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_no_grad_concerns_its_own_thread() -> None:
    entered, done = threading.Event(), threading.Event()

    def other() -> None:
        with no_grad():
            entered.set()
            done.wait(5)

    def fn(vs: list) -> Any:
        thread.start()
        entered.wait(5)
        y = ops.sum(vs[0] * vs[0])
        done.set()
        return y

    thread = threading.Thread(target=other)
    _, (gradient,) = value_and_grad(fn, [np.array([3.0])])
    thread.join()
    assert gradient.tolist() == [6.0]


def test_thread_started_inside_is_differentiated_through() -> None:
    def fn(vs: list) -> Any:
        found: list = []

        def work() -> None:
            with keras.use_backend("numpy"):
                found.append(_gradient(lambda y: ops.sum(y * y * vs[0]), vs[0]))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return ops.sum(found[0])

    # d/dx of 2 x x
    assert value_and_grad(fn, [np.array([3.0])])[1][0].tolist() == [12.0]


def test_memory_is_freed_without_the_garbage_collector() -> None:
    class Array(np.ndarray):
        """An array that can be watched."""

    watched: list[weakref.ref] = []

    def fn(vs: list) -> Any:
        constant = np.ones(3).view(Array)
        watched.append(weakref.ref(constant))
        y = ops.exp(vs[0] * constant)
        parts = ops.split(y, 3)
        watched.extend(weakref.ref(t) for t in (y, vs[0], *parts))
        inner = _gradient(lambda z: ops.sum(z * z), y)
        return ops.sum(inner) + ops.sum(parts[0])

    gc.collect()
    gc.disable()
    try:
        value_and_grad(fn, [_array(3)])
        assert [ref() for ref in watched] == [None] * 6
        with pytest.raises(ZeroDivisionError):
            value_and_grad(lambda vs: (fn(vs), 1 / 0), [_array(3)])
        assert [ref() for ref in watched] == [None] * 12
    finally:
        gc.enable()


def test_long_chains_do_not_overflow_the_stack() -> None:
    def fn(vs: list) -> Any:
        y = vs[0]
        for _ in range(20_000):
            y = y + 1.0
        return y

    assert float(value_and_grad(fn, [np.array(0.0)])[1][0]) == 1.0

    def fails(vs: list) -> Any:
        fn(vs)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        value_and_grad(fails, [np.array(0.0)])


# -- Rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", [ops.add, ops.subtract, ops.multiply, ops.divide, ops.maximum, ops.arctan2, ops.power])
@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 2)), ((1,), (2, 3)), ((3,), (3,))])
def test_gradients_are_summed_over_broadcast_axes(op: Callable, shapes: tuple) -> None:
    first, second = (_array(*shape, low=0.5, seed=i) for i, shape in enumerate(shapes))
    _assert_gradients(lambda vs: _combined(op(vs[0], vs[1])), first, second)


@pytest.mark.parametrize(
    "shapes",
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 1, 2, 3), (5, 3, 2))],
)
def test_matmul(shapes: tuple) -> None:
    first, second = (_array(*shape, seed=i) for i, shape in enumerate(shapes))
    _assert_gradients(lambda vs: _combined(ops.matmul(vs[0], vs[1])), first, second)


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk", ((2, 3), (3, 4))),
        ("ii->i", ((3, 3),)),
        ("iij,j->ij", ((2, 2, 3), (3,))),
        ("ijk->j", ((2, 3, 4),)),
        ("...ij,...jk->...ik", ((2, 1, 2, 3), (5, 3, 2))),
        ("ab,bc,cd->ad", ((2, 3), (3, 2), (2, 2))),
    ],
)
def test_einsum(subscripts: str, shapes: tuple) -> None:
    arrays = [_array(*shape, seed=i) for i, shape in enumerate(shapes)]
    _assert_gradients(lambda vs: _combined(ops.einsum(subscripts, *vs)), *arrays)


@pytest.mark.parametrize("zeros", [[], [1], [0, 2], [0, 1, 2]])
@pytest.mark.parametrize("op", [ops.prod, ops.cumprod])
def test_products_with_zeros(op: Callable, zeros: list[int]) -> None:
    x = _array(3, 2, low=0.5)
    x[zeros, 0] = 0.0
    _assert_gradients(lambda vs: _combined(op(vs[0], axis=0)), x)


def test_indices_that_repeat_add_up() -> None:
    x = _array(4, 3)
    places = np.array([[0, -1], [0, 2]])
    _assert_gradients(lambda vs: _combined(ops.take(vs[0], places, axis=0)), x)
    _assert_gradients(lambda vs: _combined(ops.take(vs[0], places)), x)
    _assert_gradients(lambda vs: _combined(vs[0][places, 1]), x)
    _assert_gradients(lambda vs: _combined(ops.take_along_axis(vs[0], places.reshape(4, 1), axis=1)), x)


def test_equals_share_and_kinks_are_flat() -> None:
    def slopes(fn: Callable, *values: list) -> list:
        return [g.tolist() for g in value_and_grad(lambda vs: ops.sum(fn(*vs)), [np.array(v) for v in values])[1]]

    assert slopes(ops.max, [1.0, 3.0, 3.0]) == [[0.0, 0.5, 0.5]]
    assert slopes(ops.maximum, [1.0, 2.0], [1.0, 1.0]) == [[0.5, 1.0], [0.5, 0.0]]
    assert slopes(ops.minimum, [1.0, 2.0], [1.0, 1.0]) == [[0.5, 0.0], [0.5, 1.0]]
    assert slopes(ops.relu, [-1.0, 0.0, 1.0]) == [[0.0, 0.0, 1.0]]
    assert slopes(ops.absolute, [-1.0, 0.0, 1.0]) == [[-1.0, 0.0, 1.0]]
    assert slopes(lambda x: ops.max_pool(ops.reshape(x, (1, 4, 1)), 2), [1.0, 1.0, 0.0, 2.0]) == [[1.0, 0.0, 0.0, 1.0]]


def test_branch_not_taken_leaks_no_nan() -> None:
    def fn(vs: list) -> Any:
        return ops.sum(ops.where(vs[0] > 0.0, ops.sqrt(ops.where(vs[0] > 0.0, vs[0], 1.0)), 0.0))

    _, (gradient,) = value_and_grad(fn, [np.array([4.0, 0.0, -1.0])])
    assert gradient.tolist() == [0.25, 0.0, 0.0]
    _, (relu,) = value_and_grad(lambda vs: ops.sum(ops.sqrt(ops.relu(vs[0]))), [np.array([4.0, -1.0])])
    assert relu.tolist() == [0.25, 0.0]
