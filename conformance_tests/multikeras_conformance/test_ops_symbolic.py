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
    """With all sizes known, and with each of them and all of them unknown."""
    values = call.values()
    if isinstance(calls.rule_of(call, values), MultikerasError):
        return
    arrays = [calls.to_numpy(r) for r in calls.leaves(calls.run(call, calls.native(call, values)))]
    _, count = calls.symbolic(values)
    if not any(isinstance(v, KerasTensor) for v in calls.leaves(calls.symbolic(values)[0])):
        return
    rules = calls.leaves(calls.rule_of(call, values))
    for unknown in (None, *range(count), -1) if call.case.unknown_sizes else (None,):
        arguments, _ = calls.symbolic(values, unknown)
        try:
            results = calls.leaves(calls.run(call, arguments))
        except MultikerasError:
            # A size that the op must know to tell its result's shape.
            assert unknown is not None, call.context()
            continue
        assert len(results) == len(arrays), call.context()
        for array, result in zip(arrays, results, strict=True):
            spec = Spec(tuple(result.shape), result.dtype)
            assert_same_spec(Spec(array.shape, array.dtype.name), spec, f"unknown size {unknown}\n{call.context()}")
        if unknown is None and not _has_indices(values):
            assert [Spec(tuple(r.shape), r.dtype) for r in results] == rules, call.context()


def _has_indices(values: list) -> bool:
    """Whether the values of an argument, which a symbolic one has not, may decide the shape of the result."""
    return any(isinstance(v, np.ndarray) and v.dtype.kind in "biu" for v in calls.leaves(values))
