"""Gradients of every differentiable op, against differences of the oracle in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import multikeras as keras
from multikeras import ops
from multikeras.backend import Capability, StepOptions, current
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError
from multikeras_conformance import calls
from multikeras_conformance.calls import Call

STEP = 1e-6


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each differentiable op and case with float tensors."""
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", _differentiable(), ids=str)


def _differentiable() -> list[Call]:
    if Capability.GRADIENTS not in current().can:
        return []
    found = []
    for call in calls.calls(raising=False):
        op = call.op
        if call.dtype != "float32" or op.differentiable is False or op.reference is None or not call.case.gradient:
            continue
        values = call.values()
        rule = calls.rule_of(call, values)
        if isinstance(rule, MultikerasError) or not any(lattice.is_float(s.dtype) for s in calls.leaves(rule)):
            continue
        if not calls.result_fits(rule):
            continue
        if _slots(call, values) and all(a.size for a in calls.leaves(values) if isinstance(a, np.ndarray)):
            found.append(call)
    return found


def _slots(call: Call, values: list) -> list[tuple[int, int | None]]:
    """Where the float tensors are through which gradients flow: positions, and places in lists."""
    names = call.op.differentiable
    found: list[tuple[int, int | None]] = []
    for p in call.op.tensor_parameters:
        if names is not True and p.name not in names:  # type: ignore[operator]
            continue
        value = values[p.position]
        for i, x in enumerate(value) if p.many and value is not None else [(None, value)]:
            if isinstance(x, np.ndarray) and x.dtype == np.float32 and np.isfinite(x).all():
                found.append((p.position, i))
    return found


def _with(values: list, slots: list, tensors: list) -> list:
    changed = [list(v) if isinstance(v, list) else v for v in values]
    for (position, i), x in zip(slots, tensors, strict=True):
        if i is None:
            changed[position] = x
        else:
            changed[position][i] = x
    return changed


def _gradients(scalar: Callable, points: list) -> list:
    """As training takes them: where steps are pure functions, only inside compiled ones."""
    backend = current()
    assert backend.autodiff is not None
    take = backend.autodiff.value_and_grad
    if Capability.COMPILE in backend.can and Capability.MUTABLE_VARIABLES not in backend.can:
        return backend.compile.step(lambda tensors: take(scalar, tensors)[1], StepOptions())(points)
    return take(scalar, points)[1]


def test_gradient_is_that_of_the_oracle(call: Call) -> None:
    """The derivative along a random direction, of a random combination of the results."""
    rng = np.random.default_rng(3)
    values = call.values()
    slots = _slots(call, values)
    points = [values[p] if i is None else values[p][i] for p, i in slots]
    directions = [rng.standard_normal(x.shape) for x in points]
    rules: list = calls.leaves(calls.rule_of(call, values))
    if call.op.unique is not None:
        rules = [
            Spec(x.shape, x.dtype.name)
            for x in calls.comparable(call.op, calls.oracle(call, calls.widened(call, values)))
        ]
    weights = [
        rng.standard_normal(s.shape) if lattice.is_float(s.dtype) and None not in s.shape else None for s in rules
    ]

    def combined(step: float) -> float:
        moved = [x.astype(np.float64) + step * d for x, d in zip(points, directions, strict=True)]
        wide = calls.widened(call, values)
        results = calls.comparable(call.op, calls.oracle(call, _with(wide, slots, moved)))
        return sum(float(np.sum(w * r)) for w, r in zip(weights, results, strict=True) if w is not None)

    expected = (combined(STEP) - combined(-STEP)) / (2 * STEP)
    from_numpy = current().tensors.from_numpy
    rest = calls.native(call, values)

    def scalar(tensors: list) -> object:
        results = calls.comparable(call.op, calls.run(call, _with(rest, slots, tensors)))
        total = None
        for w, r in zip(weights, results, strict=True):
            if w is not None:
                term = ops.sum(ops.multiply(ops.cast(r, "float32"), from_numpy(np.asarray(w, np.float32))))
                total = term if total is None else ops.add(total, term)
        return total

    gradients = _gradients(scalar, [from_numpy(x) for x in points])
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
