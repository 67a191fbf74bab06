"""Every op called on symbolic tensors: the same shapes and dtypes as on real ones, unknown sizes too."""

from __future__ import annotations

import numpy as np
import pytest

from multikeras.backend.spec import Spec
from multikeras.errors import MultikerasError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.testing import assert_same_spec
from multikeras_conformance import calls
from multikeras_conformance.calls import Call


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each op and case."""
    if "call" in metafunc.fixturenames:
        found = [c for c in calls.calls(raising=False, first_dtype=True) if c.op.tensor_parameters]
        metafunc.parametrize("call", found, ids=str)


def test_symbolic_call_has_the_shape_of_an_eager_one(call: Call) -> None:
    """With all sizes known, and with each of them and all of them unknown.

    The tests of values hold every eager result to the rule, so of an op's cases only the first is run here, and those
    whose values decide the shape.
    """
    values = call.values()
    rule = calls.rule_of(call, values)
    if isinstance(rule, MultikerasError):
        return
    _, count = calls.symbolic(values)
    if not any(isinstance(v, KerasTensor) for v in calls.leaves(calls.symbolic(values)[0])):
        return
    rules = eager = calls.leaves(rule)
    run = call.number == 0 or _has_indices(values) or any(None in spec.shape for spec in rules)
    if run and calls.result_fits(rule):
        arrays = [calls.to_numpy(r) for r in calls.leaves(calls.run(call, calls.native(call, values)))]
        eager = [Spec(a.shape, a.dtype.name) for a in arrays]
    for unknown in (None, *range(count), -1) if call.case.unknown_sizes else (None,):
        arguments, _ = calls.symbolic(values, unknown)
        try:
            results = calls.leaves(calls.run(call, arguments))
        except MultikerasError:
            # A size that the op must know to tell its result's shape.
            assert unknown is not None, call.context()
            continue
        assert len(results) == len(eager), call.context()
        for wanted, result in zip(eager, results, strict=True):
            spec = Spec(tuple(result.shape), result.dtype)
            assert_same_spec(wanted, spec, f"unknown size {unknown}\n{call.context()}")
        if unknown is None and not _has_indices(values):
            assert [Spec(tuple(r.shape), r.dtype) for r in results] == rules, call.context()


def _has_indices(values: list) -> bool:
    """Whether the values of an argument, which a symbolic one has not, may decide the shape of the result."""
    return any(isinstance(v, np.ndarray) and v.dtype.kind in "biu" for v in calls.leaves(values))
