"""Loops, maps, scans and choices over nested tensors: eager, compiled, symbolic, and their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import Capability, StepOptions, current
from multikeras.errors import ArgumentError, ShapeError, StructureError
from multikeras_conformance.calls import to_numpy


def _power(x: Any) -> Any:
    """X ** 8 by a loop over a tuple of variables."""
    return ops.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * y), (0, x), maximum_iterations=5)[1]


def _factorial_sum(x: Any) -> Any:
    """((x + 0) * x + 1) * x + 2: a nested value, and the number of the round."""
    last = ops.fori_loop(
        0, 3, lambda i, v: {"y": v["y"] * v["x"] + ops.cast(i, "float32"), "x": v["x"]}, {"y": ops.ones_like(x), "x": x}
    )
    return last["y"]


def _rows(x: Any) -> Any:
    return ops.map(lambda row: {"sum": ops.sum(row), "square": row * row}, x)["square"]


def _pairs(x: Any) -> Any:
    return ops.vectorized_map(lambda pair: ops.sum(pair[0] * pair[1]) * pair[0], (x, x))


def _products(x: Any) -> Any:
    return ops.associative_scan(ops.multiply, x, axis=1)


def _affine(x: Any) -> Any:
    """Running compositions of affine maps, from the last."""

    def after(f: Any, g: Any) -> Any:
        return {"a": f["a"] * g["a"], "b": f["b"] * g["a"] + g["b"]}

    return ops.associative_scan(after, {"a": x, "b": x}, reverse=True)["b"]


def _chosen(x: Any) -> Any:
    return ops.switch(ops.cast(ops.sum(x) * 0 + 1, "int32"), [lambda v: v, lambda v: v * v * v, lambda v: v + v], x)


@ops.custom_gradient
def _with_own_gradient(x: Any) -> Any:
    def grad(*arguments: Any, upstream: Any = None) -> Any:
        if upstream is None:
            (upstream,) = arguments
        return upstream * 3.0 * x * x

    return x * x * x, grad


def _running_affine(x: np.ndarray) -> np.ndarray:
    b = x.copy()
    for i in range(len(x) - 2, -1, -1):
        b[i] = b[i + 1] * x[i] + x[i]
    return b


CASES: list[tuple[Callable, Callable]] = [
    (_power, lambda x: x**8),
    (_factorial_sum, lambda x: (x * x + 1) * x + 2),
    (_rows, lambda x: x * x),
    (_pairs, lambda x: np.sum(x * x, 1, keepdims=True) * x),
    (_products, lambda x: np.cumprod(x, 1)),
    (_affine, _running_affine),
    (_chosen, lambda x: x**3),
    (_with_own_gradient, lambda x: x**3),
]
IDS = [f.__name__.strip("_") for f, _ in CASES]
X = np.random.default_rng(5).uniform(0.5, 1.5, (5, 3)).astype(np.float32)


@pytest.mark.parametrize(("function", "oracle"), CASES, ids=IDS)
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_loop_value_is_the_oracles(function, oracle, compiled) -> None:
    """Called at once, and in a compiled step."""
    if compiled and Capability.COMPILE not in current().can:
        return
    run = current().compile.step(function, StepOptions()) if compiled else function
    received = to_numpy(run(current().tensors.from_numpy(X)))
    assert received.dtype == np.float32
    np.testing.assert_allclose(received, oracle(X.astype(np.float64)), rtol=2e-5)


@pytest.mark.parametrize(("function", "oracle"), CASES, ids=IDS)
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_loop_gradient_is_that_of_the_oracle(function, oracle, compiled) -> None:
    """Along a random direction, against differences in float64."""
    backend = current()
    if Capability.GRADIENTS not in backend.can or (compiled and Capability.COMPILE not in backend.can):
        return
    if compiled and Capability.MUTABLE_VARIABLES in backend.can:
        # Steps that record gradients are tested with models.
        return
    assert backend.autodiff is not None
    take = backend.autodiff.value_and_grad

    def of(x: Any) -> Any:
        return take(lambda values: ops.sum(ops.sin(function(values[0]))), [x])[1][0]

    run = backend.compile.step(of, StepOptions()) if compiled else of
    received = to_numpy(run(backend.tensors.from_numpy(X)))
    direction = np.random.default_rng(6).standard_normal(X.shape)
    ahead, behind = (np.sin(oracle(X + e * direction)).sum() for e in (1e-6, -1e-6))
    np.testing.assert_allclose((received * direction).sum(), (ahead - behind) / 2e-6, rtol=2e-4, atol=1e-3)


@pytest.mark.parametrize(("function", "oracle"), CASES, ids=IDS)
def test_symbolic_loop_becomes_a_model(function, oracle) -> None:
    """The shape is known without values, and the graph computes the same."""
    x = keras.Input(batch_shape=(5, 3))
    y = function(x)
    assert y.shape == (5, 3)
    assert y.dtype == "float32"
    graph = keras.Function(x, y)
    np.testing.assert_allclose(
        to_numpy(graph(current().tensors.from_numpy(X))), oracle(X.astype(np.float64)), rtol=2e-5
    )


def test_bounds_of_a_loop_may_be_tensors() -> None:
    """Then the number of rounds is not known."""
    assert int(to_numpy(ops.fori_loop(ops.array(2), ops.array(5), lambda i, v: v + i, 0))) == 9
    assert int(to_numpy(ops.fori_loop(3, 1, lambda i, v: v + i, 7))) == 7


def test_scans_of_any_number_of_entries() -> None:
    """One less or more than a power of two is no matter."""
    for count in range(10):
        x = np.arange(1, count + 1).astype(np.float32)
        np.testing.assert_allclose(
            to_numpy(ops.associative_scan(ops.add, current().tensors.from_numpy(x))), np.cumsum(x)
        )


def test_bad_arguments_of_loops_raise() -> None:
    """One error with the rule, on every backend."""
    x = ops.array([1.0, 2.0])
    with pytest.raises(ArgumentError, match="`body` is a function"):
        ops.while_loop(lambda i: i < 3, 3, 0)  # type: ignore[arg-type]
    with pytest.raises(StructureError, match="keep their number"):
        ops.while_loop(lambda v: ops.sum(v) < 9, lambda v: ops.concatenate([v, v]), x)
    with pytest.raises(ArgumentError, match="`body_fun`"):
        ops.fori_loop(0, 3, 4, x)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="at least one tensor"):
        ops.map(lambda x: x, None)
    with pytest.raises(ShapeError, match="same number"):
        ops.vectorized_map(lambda p: p[0], (x, ops.array([1.0])))
    with pytest.raises(ShapeError, match="same known number"):
        ops.associative_scan(lambda a, b: a, [x, ops.array([1.0])])
    with pytest.raises(ArgumentError, match="sequence of functions"):
        ops.switch(0, [])
    with pytest.raises(ArgumentError, match="function of its gradient"):
        ops.custom_gradient(lambda x: x)(x)
