"""Transforms of functions: gradients, products with Jacobians, mapping and compiling, in each other."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError, DTypeError, NotSupportedError, ShapeError, StateError, StructureError

X = np.array([1.0, 3.0, -0.5], "float32")


@pytest.fixture(autouse=True)
def _needs_gradients(request: pytest.FixtureRequest) -> None:
    if "mapped" not in request.node.name and Capability.GRADIENTS not in current().can:
        with pytest.raises(NotSupportedError, match="no gradients"):
            ops.grad(ops.sum)(X)
        pytest.skip("the backend has no gradients, and says so")


def _array(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def _close(x, wanted) -> None:
    np.testing.assert_allclose(_array(x), wanted, rtol=2e-5, atol=1e-6)


def _cube(x):
    return x * x * x


def _energy(x):
    return ops.sum(_cube(x))


def test_gradients_of_gradients() -> None:
    """The derivatives of x^3 up to the fourth."""
    f = _cube
    for wanted in (lambda x: 3 * x**2, lambda x: 6 * x, lambda x: 6 + 0 * x, lambda x: 0 * x):
        f = ops.grad(f)
        for x in (2.0, -0.5):
            _close(f(x), wanted(x))


def test_gradients_are_nested_as_the_arguments() -> None:
    """With respect to several arguments, dicts in lists among them; `None` stays; others are constants."""

    def f(weights, x, scale=1.0):
        return scale * ops.sum(weights["w"][0] * x + weights["b"])

    weights = {"w": [ops.array(X), None], "b": ops.array(2.0)}
    value, (of_weights, of_x) = ops.value_and_grad(f, argnums=(0, -1))(weights, ops.array(X[::-1].copy()), scale=3.0)
    _close(value, 3 * np.sum(X * X[::-1] + 2))
    _close(of_weights["w"][0], 3 * X[::-1])
    _close(of_weights["b"], 9.0)
    _close(of_x, 3 * X)
    assert of_weights["w"][1] is None


def test_same_tensor_elsewhere_is_a_constant() -> None:
    """Gradients are those of the argument, not of a tensor that happens to be it."""
    x = ops.array(X)
    _close(ops.grad(lambda y: ops.sum(y * x))(x), X)
    _close(ops.grad(lambda y: ops.sum(ops.jvp(_cube, [y], [x])[1]))(x), 6 * X * X)


def test_pull_may_be_called_again() -> None:
    """Cotangents, those of integers counting for nothing, are carried back as often as one likes."""
    result, pull = ops.vjp(lambda a, b: {"y": a * b, "n": ops.cast(a, "int32")}, X, X + 1)
    _close(result["y"], X * (X + 1))
    for cotangent in (X, 2 * X):
        a, b = pull({"y": cotangent, "n": np.zeros(3, "int32")})
        _close(a, cotangent * (X + 1))
        _close(b, cotangent * X)


def test_products_from_both_sides_agree() -> None:
    """<y_bar, J x_dot> = <J^T y_bar, x_dot>, and J x_dot as from differences."""
    rng = np.random.default_rng(0)
    w = rng.standard_normal((3, 4))
    x, change, back = rng.standard_normal(3), rng.standard_normal(3), rng.standard_normal(4)

    def f(v):
        return ops.tanh(ops.matmul(v, w.astype("float32")))

    result, tangent = ops.jvp(f, [x.astype("float32")], [change.astype("float32")])
    wanted = (1 - np.tanh(x @ w) ** 2) * (change @ w)
    _close(result, np.tanh(x @ w))
    _close(tangent, wanted)
    _, pull = ops.vjp(f, x.astype("float32"))
    np.testing.assert_allclose(_array(pull(back.astype("float32"))[0]) @ change, back @ wanted, rtol=1e-5)


def test_hessian_from_both_modes() -> None:
    """Forward over reverse, reverse over forward and reverse over reverse, mapped over unit vectors."""
    unit = ops.eye(3)
    hessian = np.diag(6 * X)
    _close(ops.vmap(lambda v: ops.jvp(ops.grad(_energy), [X], [v])[1])(unit), hessian)
    _close(ops.vmap(lambda v: ops.grad(lambda x: ops.jvp(_energy, [x], [v])[1])(ops.array(X)))(unit), hessian)
    _close(ops.vmap(lambda v: ops.vjp(ops.grad(_energy), X)[1](v)[0])(unit), hessian)


def test_gradient_of_a_mapped_function() -> None:
    """And a mapped gradient, which is each entry's own."""
    _close(ops.grad(lambda x: ops.sum(ops.vmap(_cube)(x)))(ops.array(X)), 3 * X**2)
    _close(ops.vmap(ops.grad(_cube))(X), 3 * X**2)
    _close(ops.vmap(ops.grad(ops.grad(_cube)))(X), 6 * X)


def test_gradients_of_complex_numbers_point_upwards() -> None:
    """df/da + i df/db; the same for cotangents, while tangents are products with the derivative."""
    z = np.array([1 + 2j, 3 - 1j], "complex64")
    _close(ops.grad(lambda z: ops.sum(ops.square(ops.real(z)) + ops.square(ops.imag(z))))(z), 2 * z)
    _close(ops.grad(lambda z: ops.real(ops.sum(z * z)))(z), np.conj(2 * z))
    _close(ops.vjp(lambda z: z * z, z)[1](z)[0], np.conj(2 * z) * z)
    _close(ops.jvp(lambda z: z * z, [z], [z])[1], 2 * z * z)

    @ops.custom_gradient
    def squared(z):
        return z * z, lambda upstream: upstream * ops.conj(2.0 * z)

    _close(ops.grad(lambda z: ops.real(ops.sum(squared(z))))(z), np.conj(2 * z))
    _close(ops.vjp(squared, z)[1](z)[0], np.conj(2 * z) * z)


def test_dtypes_of_gradients_are_those_of_arguments() -> None:
    """64 bits where there are such, 16 where those are given."""
    for dtype in ("float64", "bfloat16", "float16"):
        try:
            x = ops.convert_to_tensor(X, dtype)
        except DTypeError:
            continue
        for found in (ops.grad(_energy)(x), ops.vjp(_cube, x)[1](x)[0], ops.jvp(_cube, [x], [x])[1]):
            assert keras.ops.dtype(found) == dtype
    assert ops.dtype(ops.grad(_cube)(2.0)) == "float32"


def test_assigned_variables_stay_assigned() -> None:
    """By whatever is differentiated; layers with a state among it."""
    count = keras.Variable(0.0)
    norm = layers.BatchNormalization(momentum=0.5)
    norm.build((None, 3))

    def f(x):
        count.assign_add(1.0)
        return ops.sum(norm(x, training=True) ** 2), {"count": count.value, "note": "kept"}

    x = np.stack([X, 2 * X]).astype("float32")
    (_, aux), _ = ops.value_and_grad(f, has_aux=True)(x)
    assert aux["note"] == "kept"
    assert float(_array(aux["count"])) == 1.0
    assert float(_array(count.value)) == 1.0
    _close(norm.moving_mean.value, 0.5 * x.mean(0))
    ops.jvp(f, [x], [x], has_aux=True)
    _, pull, _ = ops.vjp(f, x, has_aux=True)
    pull(1.0)
    assert float(_array(count.value)) == 3.0


def test_gradients_of_a_model_for_each_row() -> None:
    """The Jacobian of a network with respect to each row of its inputs."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(1)])
    w, b, v, _ = (np.asarray(x, "float64") for x in model.get_weights())
    rows = np.stack([X, X[::-1]])
    found = ops.vmap(ops.grad(lambda row: model(row[None])[0, 0]))(rows)
    hidden = np.tanh(rows @ w + b)
    _close(found, ((1 - hidden**2) * v[:, 0]) @ w.T)


def test_transforms_are_part_of_graphs() -> None:
    """On symbolic tensors they become nodes: shapes are known, and the model computes with them."""
    x = keras.Input((3,))
    slopes = ops.vmap(ops.grad(_energy))(x)
    assert slopes.shape == (None, 3)
    y, change = ops.jvp(_cube, [x], [x])
    model = keras.Model(x, [slopes, y, change])
    rows = np.stack([X, 2 * X])
    for found, wanted in zip(model.predict(rows, verbose=0), (3 * rows**2, rows**3, 3 * rows**3), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_custom_gradient_in_both_modes() -> None:
    """Forward mode uses it too."""

    @ops.custom_gradient
    def odd(x):
        return ops.exp(x), lambda upstream: upstream * 7.0

    _close(ops.grad(lambda x: ops.sum(odd(x)))(ops.array(X)), [7.0, 7.0, 7.0])
    _close(ops.jvp(odd, [X], [X])[1], 7 * X)


def test_compiled_transforms_equal_plain_ones() -> None:
    """Gradients, mapped ones and products in compiled functions."""
    f = ops.jit(lambda x: (ops.grad(_energy)(x), ops.vmap(ops.grad(_cube))(x), ops.jvp(_cube, [x], [x])[1]))
    for x in (X, X[:2]):
        for found, wanted in zip(f(ops.array(x)), (3 * x**2, 3 * x**2, 3 * x**3), strict=True):
            _close(found, wanted)
    _close(ops.grad(ops.jit(_energy))(ops.array(X)), 3 * X**2)


def test_compiled_function_reads_and_assigns_variables() -> None:
    """It is compiled again for another static argument, not for another number."""
    count = keras.Variable(1.0)
    traces = []

    @ops.jit
    def f(x, factor):
        traces.append(1)
        count.assign_add(1.0)
        return {"y": x * factor + count.value}

    _close(f(ops.array(X), 3.0)["y"], X * 3.0 + 2)
    before = len(traces)
    _close(f(ops.array(X), 5.0)["y"], X * 5.0 + 3)
    assert float(_array(count.value)) == 3.0
    can = current().can
    # A tracer of bytecode repeats what Python code does beside tensors.
    assert len(traces) == before or Capability.COMPILE not in can or Capability.EAGER_STEPS in can

    powers = ops.jit(lambda x, n, *, how: x**n if how == "power" else x * n, static_argnums=1, static_argnames="how")
    _close(powers(ops.array(X), 2, how="power"), X**2)
    _close(powers(ops.array(X), 3, how="power"), X**3)
    _close(powers(ops.array(X), 3, how="times"), X * 3)


def test_mapped_axes() -> None:
    """In and out, negative and nested, by name, and none at all."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 5, 3)).astype("float32"), rng.standard_normal((3, 4)).astype("float32")
    _close(ops.vmap(ops.matmul, in_axes=(1, None))(a, b), np.moveaxis(a, 1, 0) @ b)
    _close(ops.vmap(ops.matmul, in_axes=(-2, None), out_axes=-1)(a, b), np.moveaxis(np.moveaxis(a, 1, 0) @ b, 0, -1))
    _close(
        ops.vmap(lambda pair: pair["a"] + pair["b"], in_axes=({"a": 0, "b": None},))({"a": a, "b": b[:, 0]}),
        a + b[:, 0],
    )
    first, second = ops.vmap(lambda x: (x, [ops.sum(x), None]), out_axes=(1, 0))(b)
    _close(first, b.T)
    _close(second[0], b.sum(1))
    assert second[1] is None
    _close(ops.vmap(lambda x, scale: x * scale)(b, scale=np.arange(3.0, dtype="float32")), b * np.arange(3)[:, None])
    _close(ops.vmap(lambda x: x * 2, in_axes=None, axis_size=3)(b[0]), np.stack([2 * b[0]] * 3))
    _close(
        ops.vmap(ops.vmap(ops.multiply, in_axes=(0, None)), in_axes=(None, 0))(b[0], b[:, 0]), np.outer(b[:, 0], b[0])
    )
    _close(ops.vmap(ops.sum, out_axes=None)(np.ones((3, 2), "float32")), 2.0)


def test_mapped_draws_are_the_same_for_each_entry() -> None:
    """A generator counts one draw, whatever the number of entries."""
    seed = keras.random.SeedGenerator(3)
    found = _array(ops.vmap(lambda x: x + keras.random.uniform((4,), seed=seed))(np.zeros((3, 4), "float32")))
    assert (found == found[0]).all()
    assert len(np.unique(found[0])) == 4
    assert _array(seed.state.value).tolist() == [3, 1]


def test_mapped_function_that_cannot_be() -> None:
    """One clear error for each."""
    count = keras.Variable(0.0)
    with pytest.raises(StateError, match="assigns no variables"):
        ops.vmap(lambda x: count.assign_add(ops.sum(x)))(X)
    with pytest.raises(ArgumentError, match="one for each argument"):
        ops.vmap(_cube, in_axes=(0, 0))(X)
    with pytest.raises(ArgumentError, match="integers or None"):
        ops.vmap(_cube, in_axes=("a",))(X)
    with pytest.raises(ArgumentError, match="At least one argument"):
        ops.vmap(_cube, in_axes=None)(X)
    with pytest.raises(ShapeError, match="axis 1"):
        ops.vmap(_cube, in_axes=1)(X)
    with pytest.raises(ShapeError, match="same number"):
        ops.vmap(ops.add)(X, X[:2])
    with pytest.raises(ShapeError, match="axis_size"):
        ops.vmap(_cube, axis_size=2)(X)
    with pytest.raises(ArgumentError, match="function of one entry"):
        ops.vmap(3)  # type: ignore[arg-type]


def test_function_that_has_no_derivative() -> None:
    """One clear error for each."""
    with pytest.raises(ArgumentError, match="those of a function"):
        ops.grad(X)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="positions of arguments"):
        ops.grad(_energy, argnums=1)(X)
    with pytest.raises(DTypeError, match="respect to floats"):
        ops.grad(_energy)(np.arange(3))
    with pytest.raises(ShapeError, match="returns a scalar"):
        ops.grad(_cube)(X)
    with pytest.raises(ArgumentError, match="returns a pair"):
        ops.grad(_energy, has_aux=True)(X)
    with pytest.raises(ShapeError, match="shape of its tensor"):
        ops.vjp(_cube, X)[1](X[:2])
    with pytest.raises(StructureError, match="nested as what"):
        ops.vjp(_cube, X)[1]([X])
    with pytest.raises(StructureError, match="nested as what"):
        ops.jvp(_cube, [X], [[X]])
    with pytest.raises(ShapeError, match="shape of its tensor"):
        ops.jvp(_cube, [X], [X[:1]])
    with pytest.raises(ArgumentError, match="list or tuple"):
        ops.jvp(_cube, X, X)  # type: ignore[arg-type]


def test_compiled_function_that_cannot_be() -> None:
    """One clear error for each."""
    with pytest.raises(ArgumentError, match="is a function"):
        ops.jit(3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="other arguments are static"):
        ops.jit(_cube)("x")
    with pytest.raises(ArgumentError, match="hashable"):
        ops.jit(lambda x, n: x, static_argnums=1)(X, [1])
