"""Second derivatives of every differentiable op, against mixed differences of the oracle in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from multikeras import ops
from multikeras.backend import current
from multikeras.ops._op import Op
from multikeras_conformance import calls
from multikeras_conformance.differentiating import (
    Scalar,
    differentiable_calls,
    differentiable_ops,
    scalar_of,
    second_difference,
    traced,
)

ALLOWED = {"float32": 1e-3, "float64": 1e-5}
"""Of a second derivative, by dtype: what share of the sum of its terms it may be off by."""

CASES = 2
"""How many of an op's cases are taken, unless the thorough mode takes all."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each op that is differentiable twice and dtype, since compiling takes its time."""
    if "op" in metafunc.fixturenames:
        found = differentiable_ops(ALLOWED)
        metafunc.parametrize(("op", "dtype"), found.values(), ids=list(found))


def test_second_derivative_is_that_of_the_oracle(op: Op, dtype: str) -> None:
    """The derivative, along one random direction, of the derivative along another."""
    rng = np.random.default_rng(5)
    taken = differentiable_calls(op, dtype)[: None if calls.thorough else CASES]
    scalars = [scalar_of(call, rng) for call in taken]
    pairs = [[(rng.standard_normal(x.shape), rng.standard_normal(x.shape)) for x in s.points] for s in scalars]
    from_numpy = current().tensors.from_numpy
    rows = [
        [[from_numpy(np.asarray(a, dtype)) for a in (x, d)] for x, (d, _) in zip(s.points, p, strict=True)]
        for s, p in zip(scalars, pairs, strict=True)
    ]
    functions = [_slope(s.of_op()) for s in scalars]
    received = traced(lambda rows: [take(row) for take, row in zip(functions, rows, strict=True)], rows)
    for scalar, pair, gradients in zip(scalars, pairs, received, strict=True):
        _compare(scalar, pair, [calls.to_numpy(g) for g in gradients])


def _slope(function: Any) -> Any:
    """From points and directions, the gradient of the derivative of a function along the directions."""
    autodiff = current().autodiff
    assert autodiff is not None
    take = autodiff.value_and_grad

    def gradients(row: list[Any]) -> list[Any]:
        def along(tensors: list[Any]) -> Any:
            first = take(function, tensors)[1]
            total = None
            for gradient, (_, direction) in zip(first, row, strict=True):
                term = ops.sum(ops.multiply(gradient, direction))
                total = term if total is None else ops.add(total, term)
            return total

        return take(along, [x for x, _ in row])[1]

    return gradients


def _compare(scalar: Scalar, pairs: list[Any], gradients: list[np.ndarray]) -> None:
    call = scalar.call

    def at(first: float, second: float) -> float:
        moved = [x.astype(np.float64) + first * d + second * e for x, (d, e) in zip(scalar.points, pairs, strict=True)]
        return scalar.of_oracle(moved)

    bend = second_difference(at)
    if bend is None:
        return
    expected, inexact = bend
    received, size = 0.0, 0.0
    for gradient, (_, e) in zip(gradients, pairs, strict=True):
        assert gradient.shape == e.shape, f"second derivative of shape {gradient.shape}\n{call.context()}"
        received += float(np.sum(gradient * e))
        size += float(np.sum(np.abs(gradient * e)))
    allowed = ALLOWED[call.dtype] * max(size, abs(expected), 1e-1) * max((call.case.tolerance or 8) / 8, 1) + inexact
    assert abs(received - expected) <= allowed, (
        f"received {received}, expected {expected}, {allowed:.2g} allowed\n{call.context()}"
    )
