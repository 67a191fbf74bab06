"""L-BFGS: directions against the dense formula, searches against their conditions, minima against SciPy's."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.optimize

import multikeras as keras
from multikeras import ops, optimizers
from multikeras.errors import ArgumentError, StateError
from multikeras.optimizers.line_search import backtracking, strong_wolfe
from multikeras.saving import deserialize_keras_object, serialize_keras_object
from multikeras.testing import assert_close
from multikeras_conformance.calls import dtypes_held

RNG = np.random.default_rng(6)
SEARCHES = ["strong_wolfe", "backtracking"]


def dense_direction(gradient, pairs):
    """Nocedal, Wright (2006), eq. 7.17 and 7.20: the inverse as a matrix, from the oldest pair to the newest."""
    size = len(gradient)
    if not pairs:
        return -gradient * min(1.0, 1 / np.abs(gradient).sum())
    s, y = pairs[-1]
    inverse = np.eye(size) * (s @ y) / (y @ y)
    for s, y in pairs:
        rho = 1 / (s @ y)
        left = np.eye(size) - rho * np.outer(s, y)
        inverse = left @ inverse @ left.T + rho * np.outer(s, s)
    return -inverse @ gradient


@pytest.mark.parametrize("history", [1, 3, 20])
def test_steps_are_those_of_the_dense_formula(history) -> None:
    """Without a search, for two variables; pairs without curvature are not remembered."""
    a = RNG.normal(size=(6, 6))
    a = a @ a.T + np.eye(6)
    slopes = lambda w: a @ w + 3 * np.sin(3 * w)  # noqa: E731
    w = RNG.normal(size=6)
    dtype = "float64" if "float64" in dtypes_held() else "float32"
    mine = [keras.Variable(w[:4].reshape(2, 2), dtype=dtype), keras.Variable(w[4:], dtype=dtype)]
    optimizer = optimizers.LBFGS(0.125, history_size=history, line_search=None)
    pairs: list[tuple[np.ndarray, np.ndarray]] = []
    last = None
    for _ in range(8):
        g = slopes(w)
        if last is not None:
            s, y = w - last[0], g - last[1]
            if s @ y > 1e-10 * (y @ y):
                pairs = [*pairs, (s, y)][-history:]
        last = (w, g)
        w = w + 0.125 * dense_direction(g, pairs)
        optimizer.apply([ops.convert_to_tensor(x, dtype=dtype) for x in (g[:4].reshape(2, 2), g[4:])], mine)
        found = np.concatenate([v.numpy().reshape(-1) for v in mine])
        assert_close(found, w, "float32", 1e3)
        w = found.astype("float64")


def rosenbrock(w):
    return ops.sum(100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2)


@pytest.mark.parametrize("line_search", SEARCHES)
def test_valley_of_rosenbrock(line_search) -> None:
    """In four dimensions; as many steps as SciPy needs, and half as many again."""
    start = np.array([-1.2, 1.0, -1.2, 1.0])
    known = scipy.optimize.minimize(
        scipy.optimize.rosen, start, jac=scipy.optimize.rosen_der, method="L-BFGS-B", options={"maxcor": 10}
    )
    for dtype in ("float32", "float64"):
        if dtype not in dtypes_held():
            continue
        w = keras.Variable(start, dtype=dtype)
        optimizer = optimizers.LBFGS(line_search=line_search)
        steps = 0
        while float(ops.convert_to_numpy(optimizer.minimize(lambda w=w: rosenbrock(w), [w]))) > 1e-8:
            steps += 1
            assert steps < 1.5 * known.nit
        assert int(optimizer.iterations.numpy()) == steps + 1
        np.testing.assert_allclose(w.numpy(), known.x, atol=1e-3)


@pytest.mark.parametrize("line_search", SEARCHES)
def test_steps_of_one_call_are_those_of_several(line_search) -> None:
    """With fewer evaluations."""
    counts, ends = [], []
    for each in (1, 12):
        w, count = keras.Variable([-1.2, 1.0]), []

        def loss(w=w, count=count):
            count.append(1)
            return rosenbrock(w)

        optimizer = optimizers.LBFGS(line_search=line_search, steps_per_call=each)
        for _ in range(12 // each):
            optimizer.minimize(loss, [w])
        counts.append(len(count))
        ends.append(w.numpy())
    assert counts[1] <= counts[0] - 10
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-3)


def logistic():
    x = RNG.normal(size=(60, 4)).astype("float32")
    y = (x @ np.array([1.0, -2.0, 0.5, 0.0]) + RNG.normal(size=60) > 0).astype("float32").reshape(-1, 1)

    def loss(w):
        z = x.astype("float64") @ w[:4] + w[4]
        return np.mean(np.logaddexp(0, z) - z * y[:, 0])

    return x, y, scipy.optimize.minimize(loss, np.zeros(5), tol=1e-12)


@pytest.mark.parametrize("jit", [False, "auto"])
@pytest.mark.parametrize("line_search", [*SEARCHES, None])
def test_logistic_regression_by_fit(line_search, jit) -> None:
    """One batch an epoch: the least loss is SciPy's, with its weights. Without a search, with shorter steps."""
    x, y, known = logistic()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    optimizer = optimizers.LBFGS(1.0 if line_search else 0.5, line_search=line_search)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["mse"], jit_compile=jit)
    history = model.fit(x, y, batch_size=60, epochs=25, verbose=0).history
    assert history["loss"][-1] == pytest.approx(known.fun, rel=1e-4)
    np.testing.assert_allclose(np.concatenate([w.ravel() for w in model.get_weights()]), known.x, atol=0.02)
    assert int(optimizer.iterations.numpy()) == 25
    if line_search:
        # The loss that is logged is that before each step.
        assert all(b <= a * (1 + 1e-5) for a, b in zip(history["loss"], history["loss"][1:], strict=False))


def test_state_in_a_file_goes_on(tmp_path) -> None:
    """Three steps, a file, three steps: the weights of six."""
    x, y, _ = logistic()

    def network():
        made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_initializer="zeros")])
        made.compile(optimizers.LBFGS(history_size=3), keras.losses.BinaryCrossentropy(from_logits=True))
        return made

    whole, first = network(), network()
    whole.fit(x, y, batch_size=60, epochs=6, verbose=0)
    first.fit(x, y, batch_size=60, epochs=3, verbose=0)
    first.save(tmp_path / "model.keras")
    second = keras.saving.load_model(tmp_path / "model.keras")
    second.fit(x, y, batch_size=60, epochs=3, verbose=0)
    for a, b in zip(second.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def test_optimizer_is_made_from_its_config() -> None:
    """Through JSON."""
    made = optimizers.LBFGS(0.5, 4, "backtracking", 9, 3, 0.01, 0.5, use_ema=True)
    twin = deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(made))))
    assert type(twin) is type(made)
    assert twin.get_config() == made.get_config()
    assert isinstance(optimizers.get("lbfgs"), optimizers.LBFGS)


SLICES = {
    "parabola": lambda t: ((t - 3) ** 2, 2 * (t - 3)),
    "steep": lambda t: ((t - 0.001) ** 2 * 1e6, 2e6 * (t - 0.001)),
    "waves": lambda t: (0.1 * t**2 - np.sin(5 * t), 0.2 * t - 5 * np.cos(5 * t)),
    "wall": lambda t: (t**2 - 0.5 * t, 2 * t - 0.5) if t < 0.4 else (np.inf, np.nan),
    "far": lambda t: (-t / (t**2 + 2), (t**2 - 2) / (t**2 + 2) ** 2),
}


@pytest.mark.parametrize("name", SLICES)
@pytest.mark.parametrize("first", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize("curvature", [0.9, 0.1])
def test_distances_meet_their_conditions(name, first, curvature) -> None:
    """Armijo's for backtracking, both of Wolfe's for the other (Nocedal, Wright 2006, eq. 3.4 and 3.7)."""
    at = SLICES[name]
    value, slope = at(0.0)
    t = backtracking(at, value, slope, first, 1e-4, curvature, 40)
    assert t > 0
    assert at(t)[0] <= value + 1e-4 * t * slope
    t = strong_wolfe(at, value, slope, first, 1e-4, curvature, 40)
    assert at(t)[0] <= value + 1e-4 * t * slope
    assert abs(at(t)[1]) <= curvature * abs(slope)


def test_search_that_finds_nothing_moves_nothing() -> None:
    """A slope that is wrong, and a loss that is not finite."""
    rising = lambda t: (t, -1.0)  # noqa: E731
    for search in (backtracking, strong_wolfe):
        assert search(rising, 0.0, -1.0, 1.0, 1e-4, 0.9, 10) == 0.0
    w = keras.Variable([1.0, 2.0])
    optimizers.LBFGS().minimize(lambda: ops.sum(w * np.float32(np.nan)), [w])
    np.testing.assert_array_equal(w.numpy(), [1.0, 2.0])


def test_wrong_arguments() -> None:
    """One clear error each."""
    for arguments, match in [
        ({"line_search": "golden"}, "strong_wolfe"),
        ({"history_size": 0}, "integer from 1 on"),
        ({"curvature": 1.5}, "lies between 0"),
        ({"clipnorm": 1.0}, "leave gradients as they are"),
        ({"no_such": 1}, "no such arguments"),
    ]:
        with pytest.raises(ArgumentError, match=match):
            optimizers.LBFGS(**arguments)
    with pytest.raises(StateError, match="a gradient is not enough"):
        optimizers.LBFGS().apply([ops.convert_to_tensor([1.0])], [keras.Variable([1.0])])


@pytest.mark.parametrize("make", [lambda: optimizers.SGD(0.25), lambda: optimizers.SGD(0.25, loss_scale_factor=8.0)])
def test_every_optimizer_minimizes_functions(make) -> None:
    """One step, and the value before it; with anything else that the function returns."""
    w = keras.Variable(3.0)
    value = make().minimize(lambda: w * w, [w])
    assert float(ops.convert_to_numpy(value)) == 9.0
    assert float(w.numpy()) == 1.5
    value, more = make().minimize(lambda: (w * w, {"twice": 2 * w}), [w], has_aux=True)
    assert float(ops.convert_to_numpy(more["twice"])) == 3.0
    assert float(w.numpy()) == 0.75
