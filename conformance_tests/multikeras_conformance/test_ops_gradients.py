"""Gradients of every differentiable op, against differences of the oracle in float64."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import Capability, current
from multikeras_conformance import calls
from multikeras_conformance.calls import Call
from multikeras_conformance.differentiating import differentiable_calls, scalar_of, traced

STEP = 1e-6


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each differentiable op and case with float tensors."""
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", differentiable_calls(), ids=str)


def test_gradient_is_that_of_the_oracle(call: Call) -> None:
    """The derivative along a random direction, of a random combination of the results."""
    rng = np.random.default_rng(3)
    scalar = scalar_of(call, rng)
    points = [x.astype(np.float64) for x in scalar.points]
    directions = [rng.standard_normal(x.shape) for x in points]
    ahead, back = (
        scalar.of_oracle([x + step * d for x, d in zip(points, directions, strict=True)]) for step in (STEP, -STEP)
    )
    expected = (ahead - back) / (2 * STEP)
    autodiff, function = current().autodiff, scalar.of_op()
    assert autodiff is not None
    take = autodiff.value_and_grad
    from_numpy = current().tensors.from_numpy
    gradients = traced(lambda tensors: take(function, tensors)[1], [from_numpy(x) for x in scalar.points])
    received, size = 0.0, 0.0
    for gradient, x, direction in zip(gradients, points, directions, strict=True):
        array = calls.to_numpy(gradient)
        assert array.shape == x.shape, f"gradient of shape {array.shape}\n{call.context()}"
        assert array.dtype == np.float32, f"gradient of dtype {array.dtype}\n{call.context()}"
        received += float(np.sum(array * direction))
        size += float(np.sum(np.abs(array * direction)))
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
