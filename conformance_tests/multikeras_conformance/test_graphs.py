"""Symbolic tensors, operations and functions of them, held against the same computation done at once."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.errors import ArgumentError, NoValueError, ShapeError, StructureError

RNG = np.random.default_rng(5)


def number(x) -> np.ndarray:
    return ops.convert_to_numpy(x)


def test_operators_on_symbolic_tensors_are_recorded() -> None:
    """Every operator gives the shape, and a function that computes what it computes on tensors."""
    x, y = keras.KerasTensor((None, 3)), keras.KerasTensor((None, 3))
    a, b = (RNG.uniform(0.5, 2, size=(4, 3)).astype("float32") for _ in range(2))
    cases = [
        lambda p, q: p + q * 2,
        lambda p, q: (p - q) / (q + 1),
        lambda p, q: p**2 + 2**q,
        lambda p, q: -p % q,
        lambda p, q: p // q,
        lambda p, q: abs(p - q),
        lambda p, q: p @ q.reshape((3, -1)) if hasattr(q, "reshape") else None,
        lambda p, q: p[:, 1:] * q[..., :1],
        lambda p, q: ops.where(p > q, p, q),
        lambda p, q: ops.cast((p >= q) & (q != p), "float32"),
        lambda p, q: 1 / p - q,
    ]
    for compute in cases:
        z = compute(x, y)
        wanted = compute(a, b)
        assert len(z.shape) == wanted.ndim
        got = number(keras.Function([x, y], z)([ops.convert_to_tensor(a), ops.convert_to_tensor(b)]))
        assert all(s is None or s == t for s, t in zip(z.shape, got.shape, strict=True))
        np.testing.assert_allclose(got, number(wanted), rtol=2e-5)


def test_function_keeps_the_nesting_of_inputs_and_outputs() -> None:
    """Dicts in written order, lists, tuples, `None` for no single tensor."""
    x, y = keras.KerasTensor((2,)), keras.KerasTensor((2,))
    f = keras.Function({"b": x, "a": [y]}, {"sum": x + y, "parts": (x * 2, [y * 3])})
    one, two = (ops.convert_to_tensor(np.array(v, "float32")) for v in ([1, 2], [10, 20]))
    out = f({"b": one, "a": [two]})
    assert list(out) == ["sum", "parts"]
    assert number(out["sum"]).tolist() == [11, 22]
    assert isinstance(out["parts"], tuple)
    assert number(out["parts"][0]).tolist() == [2, 4]
    assert number(out["parts"][1][0]).tolist() == [30, 60]


def test_function_computes_shared_results_once() -> None:
    """A tensor used twice comes from one call; what no output needs is not computed."""
    calls = []

    class Counted(keras.Operation):
        def call(self, x):
            if not isinstance(x, keras.KerasTensor):
                calls.append(1)
            return x + 1

    x = keras.KerasTensor((3,))
    shared = Counted()(x)
    Counted()(shared)  # leads nowhere
    f = keras.Function(x, [shared * 2, shared * 3])
    out = f(ops.convert_to_tensor(np.zeros(3, "float32")))
    assert len(calls) == 1
    assert [number(o).tolist() for o in out] == [[2, 2, 2], [3, 3, 3]]


def test_operation_of_ones_own_has_its_spec_from_call_or_says_it() -> None:
    """Subclasses define `call`, and `compute_output_spec` where it cannot be run on symbolic tensors."""

    class Outer(keras.Operation):
        def call(self, x, y, scale=1.0):
            return ops.multiply(ops.expand_dims(x, -1), y) * scale

    x = keras.KerasTensor((None, 4))
    z = Outer()(x, keras.KerasTensor((5,)), scale=2.0)
    assert z.shape == (None, 4, 5)

    class Host(keras.Operation):
        def call(self, x):
            return ops.convert_to_tensor(number(x)[::-1].copy())

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    f = keras.Function(x, Host(name="turn")(x))
    assert [op.name for op in f.operations] == ["turn"]
    data = RNG.normal(size=(3, 4)).astype("float32")
    np.testing.assert_array_equal(number(f(ops.convert_to_tensor(data))), data[::-1])


def test_function_runs_on_symbolic_tensors_and_shapes() -> None:
    """A function of a function is a graph again; shapes can be asked for."""
    x = keras.KerasTensor((None, 3))
    f = keras.Function(x, ops.sum(x * 2, axis=-1))
    y = keras.KerasTensor((7, 3))
    assert f(y).shape == (7,)
    assert f.compute_output_shape((None, 3)) == (None,)
    g = keras.Function(y, f(y) + 1)
    assert number(g(ops.convert_to_tensor(np.ones((7, 3), "float32")))).tolist() == [7.0] * 7


def test_deep_graphs_run_without_recursion() -> None:
    """Three thousand calls in a row."""
    x = keras.KerasTensor((1,))
    y = x
    for _ in range(3000):
        y = y + 1
    assert float(number(keras.Function(x, y)(ops.convert_to_tensor(np.zeros(1, "float32"))))[0]) == 3000


def test_wrong_graphs_are_errors() -> None:
    """Outputs that do not depend on the inputs, inputs that are no symbolic tensors, other numbers of inputs."""
    x, y = keras.KerasTensor((3,)), keras.KerasTensor((3,))
    with pytest.raises(ArgumentError):
        keras.Function(x, y + 1)
    with pytest.raises(ArgumentError):
        keras.Function(np.ones(3), y)
    with pytest.raises(StructureError):
        keras.Function([x, y], x + y)([ops.convert_to_tensor(np.ones(3, "float32"))])
    with pytest.raises(ShapeError):
        keras.Function(x, x + 1)(keras.KerasTensor((4, 3)))
    with pytest.raises(ShapeError):
        _ = x + keras.KerasTensor((4,))


def test_symbolic_tensors_are_no_numbers() -> None:
    """What needs a value is one clear error, not a wrong answer."""
    x = keras.KerasTensor(())
    for wrong in (bool, int, float, np.asarray, list):
        with pytest.raises((NoValueError, TypeError)):
            wrong(x)
