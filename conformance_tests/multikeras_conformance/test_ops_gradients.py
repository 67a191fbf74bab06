"""Gradients of every differentiable op, against differences of the oracle in float64."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import Capability, current
from multikeras.ops._op import Op
from multikeras_conformance import calls
from multikeras_conformance.differentiating import Scalar, differentiable_calls, scalar_of, traced
from multikeras_conformance.report import noting

STEP = 1e-6


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each differentiable op, since compiling takes its time."""
    if "op" in metafunc.fixturenames:
        found = {call.op.name: call.op for call in differentiable_calls()}
        metafunc.parametrize("op", found.values(), ids=lambda op: op.name)


def test_gradient_is_that_of_the_oracle(op: Op) -> None:
    """The derivative along a random direction, of a random combination of the results of each case."""
    scalars = [scalar_of(call, np.random.default_rng(3)) for call in differentiable_calls(op)]
    functions = [scalar.of_op() for scalar in scalars]
    from_numpy, autodiff = current().tensors.from_numpy, current().autodiff
    assert autodiff is not None
    take = autodiff.value_and_grad
    points = [[from_numpy(x) for x in scalar.points] for scalar in scalars]
    found = traced(lambda rows: [take(f, row)[1] for f, row in zip(functions, rows, strict=True)], points)
    for scalar, gradients in zip(scalars, found, strict=True):
        _compare(scalar, [calls.to_numpy(g) for g in gradients])
    noting.compared(len(scalars))


def _compare(scalar: Scalar, gradients: list[np.ndarray]) -> None:
    call, points = scalar.call, [x.astype(np.float64) for x in scalar.points]
    rng = np.random.default_rng(4)
    directions = [rng.standard_normal(x.shape) for x in points]
    ahead, back = (
        scalar.of_oracle([x + step * d for x, d in zip(points, directions, strict=True)]) for step in (STEP, -STEP)
    )
    expected = (ahead - back) / (2 * STEP)
    received, size = 0.0, 0.0
    for gradient, x, direction in zip(gradients, points, directions, strict=True):
        assert gradient.shape == x.shape, f"gradient of shape {gradient.shape}\n{call.context()}"
        assert gradient.dtype == np.float32, f"gradient of dtype {gradient.dtype}\n{call.context()}"
        received += float(np.sum(gradient * direction))
        size += float(np.sum(np.abs(gradient * direction)))
    allowed = 2e-4 * max(size, abs(expected), 1e-2) * max((call.case.tolerance or 8) / 8, 1)
    assert abs(received - expected) <= allowed, (
        f"received {received}, expected {expected}, {allowed:.2g} allowed\n{call.context()}"
    )


@pytest.mark.parametrize(
    ("of", "value", "gradient"),
    [
        (lambda v: ops.convert_to_tensor([v[0] * 2, v[1]]), 4.0, [2.0, 1.0]),
        (lambda v: ops.array([[v[0], 1.0], [2, v[1] * 3]]), 10.0, [1.0, 3.0]),
        (lambda v: ops.multiply([v, (1.0, 1.0)], 3.0), 15.0, [3.0, 3.0]),
        (lambda v: ops.square([v[0], 2]), 5.0, [2.0, 0.0]),
    ],
    ids=["convert", "nested", "operand", "number"],
)
def test_gradients_reach_tensors_in_lists(of, value, gradient) -> None:
    """A list in the place of a tensor may have tensors and variables in it, which the result depends on."""
    v = keras.Variable([1.0, 2.0])
    assert float(calls.to_numpy(ops.sum(of(v)))) == value
    if Capability.GRADIENTS not in current().can:
        return
    received, (slope,) = keras.value_and_grad(lambda: ops.sum(of(v)), [v])
    assert float(calls.to_numpy(received)) == value
    np.testing.assert_array_equal(calls.to_numpy(slope), gradient)
