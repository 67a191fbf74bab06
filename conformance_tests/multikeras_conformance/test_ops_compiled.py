"""Every op inside a compiled step: the same values as outside."""

from __future__ import annotations

import pytest

from multikeras.backend import StepOptions, current
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras.testing import assert_close
from multikeras_conformance import calls


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each op that takes tensors."""
    if "op" in metafunc.fixturenames:
        found = [op for op in DECLARED.values() if op.tensor_parameters and op.reference is not None]
        metafunc.parametrize("op", found, ids=lambda op: op.name)


def test_compiled_op_equals_eager_op(op: Op) -> None:
    """All cases of an op in one compiled step, since compiling takes its time."""
    taken = []
    for call in calls.calls(raising=False, first_dtype=True):
        if call.op is op and not isinstance(calls.rule_of(call, call.values()), MultikerasError):
            taken.append(call)
    if not taken:
        return
    arguments = [calls.native(call, call.values()) for call in taken]
    types = current().tensors.types
    tensors = [[x for x in calls.leaves(row) if isinstance(x, types)] for row in arguments]

    def step(rows: list) -> list:
        results = []
        for call, row, given in zip(taken, arguments, rows, strict=True):
            fresh = iter(given)
            results.append(calls.leaves(calls.run(call, _replaced(row, fresh, types))))
        return results

    eager = step(tensors)
    compiled = current().compile.step(step, StepOptions())(tensors)
    for call, wanted, received in zip(taken, eager, compiled, strict=True):
        for a, b in zip(calls.leaves(received), wanted, strict=True):
            x, y = calls.to_numpy(a), calls.to_numpy(b)
            assert x.dtype == y.dtype, call.context()
            assert_close(x, y, y.dtype.name, 2 * (call.case.tolerance or 8), call.context())


def _replaced(x: object, fresh: object, types: tuple) -> object:
    if isinstance(x, list):
        return [_replaced(v, fresh, types) for v in x]
    if isinstance(x, tuple) and not hasattr(x, "_fields"):
        return tuple(_replaced(v, fresh, types) for v in x)
    return next(fresh) if isinstance(x, types) else x  # type: ignore[call-overload]
