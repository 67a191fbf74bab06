"""Every op under `ops.vectorized_map`: what it makes of a stack of tensors is what it makes of each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from multikeras import ops
from multikeras.backend import Capability, StepOptions, current
from multikeras.backend.spec import Spec
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras.testing import assert_same_spec
from multikeras_conformance import calls
from multikeras_conformance.calls import Call
from multikeras_conformance.checking import assert_oracles
from multikeras_conformance.report import noting

CASES = 2
"""How many of an op's cases are taken, unless the thorough mode takes all."""

ROWS = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each op that takes tensors, since compiling takes its time."""
    if "op" in metafunc.fixturenames:
        found = [op for op in DECLARED.values() if op.reference is not None and _mapped_calls(op)]
        metafunc.parametrize("op", found, ids=lambda op: op.name)


def _mapped_calls(op: Op) -> list[Call]:
    """Calls with tensors, whose result has a size that does not depend on their values."""
    found = []
    for call in calls.calls(raising=False, first_dtype=not calls.thorough, only=op) if op.tensor_parameters else ():
        values = call.values()
        rule = calls.rule_of(call, values)
        if isinstance(rule, MultikerasError) or not calls.result_fits(rule):
            continue
        if any(None in spec.shape for spec in calls.leaves(rule)) or not _arrays(call, values):
            continue
        found.append(call)
    return found if calls.thorough else found[:CASES]


# Frameworks say so where they take one row after the other.
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_op_under_vmap_is_the_op_on_each_row(op: Op) -> None:
    """A few cases of the op, each on three rows at once, in one step."""
    taken = _mapped_calls(op)
    rows = [[_varied(call, i) for i in range(ROWS)] for call in taken]
    from_numpy = current().tensors.from_numpy
    stacks = [
        [from_numpy(np.stack(column)) for column in zip(*(_arrays(call, v) for v in variants), strict=True)]
        for call, variants in zip(taken, rows, strict=True)
    ]
    bodies = [_body(call) for call in taken]

    def step(stacks: list[Any]) -> list[Any]:
        return [ops.vectorized_map(body, stack) for body, stack in zip(bodies, stacks, strict=True)]

    backend = current()
    if Capability.COMPILE in backend.can and Capability.EAGER_STEPS not in backend.can:
        step = backend.compile.step(step, StepOptions())
    for call, variants, results in zip(taken, rows, step(stacks), strict=True):
        arrays = [calls.to_numpy(r) for r in calls.leaves(results)]
        for i, values in enumerate(variants):
            _compare(call, values, [array[i] for array in arrays], i)
    noting.compared(len(taken))


def _arrays(call: Call, values: list[Any]) -> list[np.ndarray]:
    """The tensors among the arguments."""
    given = [values[p.position] for p in call.op.tensor_parameters]
    return [x for x in calls.leaves(given) if isinstance(x, np.ndarray)]


def _varied(call: Call, row: int) -> list[Any]:
    """The arguments of one row: floats get smaller from row to row; where there are none, integers change places.

    Those stay where the oracle takes no others: as the edges of bins, or a matrix that has an inverse.
    """
    values = call.values()
    floats = any(x.dtype.kind in "fcV" for x in _arrays(call, values))

    def vary(x: Any) -> Any:
        if isinstance(x, list):
            return [vary(v) for v in x]
        if not isinstance(x, np.ndarray):
            return x
        if x.dtype.kind in "fcV":
            return np.asarray(x * np.asarray(0.5**row, x.dtype)).astype(x.dtype)
        return x if floats else np.roll(x, row)

    for p in call.op.tensor_parameters:
        values[p.position] = vary(values[p.position])
    if not floats:
        try:
            calls.oracle(call, calls.widened(call, values))
        except (ValueError, IndexError):
            return call.values()
    return values


def _body(call: Call) -> Any:
    """The op as a function of its tensors alone."""
    values = call.values()

    def body(tensors: list[Any]) -> Any:
        left = iter(tensors)

        def fill(x: Any) -> Any:
            if isinstance(x, list):
                return [fill(v) for v in x]
            return next(left) if isinstance(x, np.ndarray) else x

        given = list(values)
        for p in call.op.tensor_parameters:
            given[p.position] = fill(given[p.position])
        return calls.run(call, given)

    return body


def _compare(call: Call, values: list[Any], arrays: list[np.ndarray], row: int) -> None:
    context = f"row {row}, {call.context()}"
    rules: list[Spec] = calls.leaves(calls.rule_of(call, values))
    for array, spec in zip(arrays, rules, strict=True):
        assert_same_spec(Spec(array.shape, array.dtype.name), spec, context)
    assert_oracles(call, values, arrays, rules, context, times=2)
