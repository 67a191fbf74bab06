"""Gradients of every differentiable op, against differences of the oracle in float64."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import Capability, current
from multikeras.ops._op import Op
from multikeras_conformance import calls
from multikeras_conformance.differentiating import (
    ALLOWED,
    assert_gradients,
    differentiable_calls,
    differentiable_ops,
    scalar_of,
)
from multikeras_conformance.report import noting


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each differentiable op and dtype, since compiling takes its time."""
    if "op" in metafunc.fixturenames:
        found = differentiable_ops(ALLOWED)
        metafunc.parametrize(("op", "dtype"), found.values(), ids=list(found))


def test_gradient_is_that_of_the_oracle(op: Op, dtype: str) -> None:
    """The derivative along a random direction, of a random combination of the results of each case."""
    scalars = [scalar_of(call, np.random.default_rng(3)) for call in differentiable_calls(op, dtype)]
    assert_gradients(scalars)
    noting.compared(len(scalars))


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
