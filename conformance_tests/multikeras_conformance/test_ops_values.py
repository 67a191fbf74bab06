"""Every op, on every case and dtype: values, shapes and dtypes."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from multikeras.backend.spec import Spec
from multikeras.errors import DTypeError
from multikeras.testing import assert_same_spec
from multikeras_conformance import calls
from multikeras_conformance.calls import Call
from multikeras_conformance.checking import assert_oracles
from multikeras_conformance.report import noting


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each op, case and dtype."""
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", calls.calls(raising=False), ids=str)


def test_op_value_is_the_oracles(call: Call) -> None:
    """Values agree with the oracle's in float64, shapes and dtypes with the rule; inputs stay as they were."""
    values = call.values()
    before = copy.deepcopy(values)
    rule = calls.rule_of(call, values)
    if isinstance(rule, Exception):
        # The op does not take this dtype: it says so on every backend alike.
        with pytest.raises(type(rule)) as raised:
            calls.run(call, calls.native(call, values))
        assert str(raised.value) == str(rule), call.context()
        noting.outcome("refused")
        return
    if not calls.result_fits(rule):
        # A dtype asked for that the backend has not is never replaced by a narrower one.
        with pytest.raises(DTypeError):
            calls.run(call, calls.native(call, values))
        noting.outcome("lacking")
        return
    given = calls.native(call, values)
    results = calls.leaves(calls.run(call, given))
    rules = calls.leaves(rule)
    assert len(results) == len(rules), call.context()
    arrays = [calls.to_numpy(r) for r in results]
    for array, spec in zip(arrays, rules, strict=True):
        assert_same_spec(Spec(array.shape, array.dtype.name), spec, call.context())
    _assert_unchanged(values, given, before, call)
    noting.outcome("held")
    noting.compared()
    if call.op.reference is None:
        return
    assert_oracles(call, values, arrays, rules, call.context())


def _assert_unchanged(values: list, given: list, before: list, call: Call) -> None:
    """Neither the arrays, whose memory native tensors may share, nor the native tensors."""
    for array, native, was in zip(calls.leaves(values), calls.leaves(given), calls.leaves(before), strict=True):
        if isinstance(was, np.ndarray):
            assert array.tobytes() == was.tobytes(), f"an input was changed\n{call.context()}"
            assert calls.to_numpy(native).tobytes() == was.tobytes(), f"an input was changed\n{call.context()}"
