"""Elementwise ops at zeros of both signs, infinities, nan, subnormals and the limits of dtypes.

What is left free: the sign of zeros in results; whether subnormal numbers count as zeros of their sign, which compilers
choose for speed, and which some count in part; what integers become where no integer is right, and floats where the
formula overflows before the result does (`special_values.UNDEFINED` and `OVERFLOWING`).
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from multikeras.backend import Capability, StepOptions, current
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras.testing import assert_close
from multikeras_conformance import calls, special_values
from multikeras_conformance.calls import Call
from multikeras_conformance.report import noting


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each elementwise op, since compiling takes its time."""
    if "op" in metafunc.fixturenames:
        found = [op for op in DECLARED.values() if special_values.elementwise_calls(op)]
        metafunc.parametrize("op", found, ids=lambda op: op.name)


def test_special_values_are_the_oracles(op: Op) -> None:
    """In a few dtypes, in one step where steps are compiled."""
    taken = []
    for call in special_values.elementwise_calls(op):
        values = special_values.values_of(call)
        if values is None or not calls.fits_values(values):
            continue
        rule = calls.rule_of(call, values)
        if not isinstance(rule, MultikerasError) and calls.result_fits(rule):
            taken.append((call, values, calls.leaves(rule)))
    rows = [calls.native(call, values) for call, values, _ in taken]
    tensors = [[x for x in row if isinstance(x, current().tensors.types)] for row in rows]

    def step(tensors: list[Any]) -> list[Any]:
        return [calls.run(call, _filled(row, given)) for (call, _, _), row, given in zip(taken, rows, tensors)]

    backend = current()
    if Capability.COMPILE in backend.can and Capability.EAGER_STEPS not in backend.can:
        step = backend.compile.step(step, StepOptions())
    for (call, values, rules), results in zip(taken, step(tensors), strict=True):
        arrays = [calls.to_numpy(r) for r in calls.leaves(results)]
        _compare(call, values, arrays, [spec.dtype for spec in rules])
    noting.compared(len(taken))


def _filled(row: list[Any], tensors: list[Any]) -> list[Any]:
    left = iter(tensors)
    return [next(left) if isinstance(x, current().tensors.types) else x for x in row]


def _compare(call: Call, values: list[Any], arrays: list[np.ndarray], dtypes: list[str]) -> None:
    """With the oracle's results. Subnormals are what they are, or zeros, or counted as something between."""
    given = [v for v in values if isinstance(v, np.ndarray) and v.ndim]
    for i, (array, dtype) in enumerate(zip(arrays, dtypes, strict=True)):
        right = [calls.leaves(calls.oracle(call, _wide(call, v, dtype)))[i] for v in _variants(values)]
        near = special_values.flushed(array)
        for place in np.ndindex(array.shape):
            where = f"at {', '.join(repr(v[place]) for v in given)}"
            context = f"special values of ops.{call.op.name} in {call.dtype}, {where}\nrepeat: {_repeat(call)}"
            known = any(_is(x, candidate[place]) for x in (array[place], near[place]) for candidate in right)
            if not known and not _between(array, right, place):
                # More than usual, since errors of steep functions grow with their argument.
                assert_close(array[place], right[0][place], dtype, 4 * calls.tolerance(call, dtype), context)


def _variants(values: list[Any]) -> list[list[Any]]:
    """The arguments as they are, then with the subnormals of some and of all of them as zeros."""
    places = [i for i, v in enumerate(values) if isinstance(v, np.ndarray) and v.ndim]
    found = []
    for chosen in itertools.product((False, True), repeat=len(places)):
        zeros = {i for i, flush in zip(places, chosen, strict=True) if flush}
        found.append([special_values.flushed(v) if i in zeros else v for i, v in enumerate(values)])
    return found


def _is(x: Any, wanted: Any) -> bool:
    return bool(x == wanted) or bool(np.isnan(x) and np.isnan(wanted))


def _between(array: np.ndarray, right: list[Any], place: tuple[int, ...]) -> bool:
    """Whether a result lies between those for a subnormal and for zero."""
    ends = [candidate[place] for candidate in right]
    return bool(min(ends) <= array[place] <= max(ends))


def _wide(call: Call, values: list[Any], dtype: str) -> list[Any]:
    """The arguments as the oracle takes them. Integers of which floats are made are rounded by that."""
    if call.op.cast == "float" and not lattice.is_float(call.dtype):
        kind = lattice.numpy_dtype(dtype)
        values = [v.astype(kind) if isinstance(v, np.ndarray) and v.ndim else v for v in values]
    return calls.widened(call, values)


def _repeat(call: Call) -> str:
    suite = "pytest --pyargs multikeras_conformance.test_ops_special"
    return f"{suite} --mk-backend={current().name} -k '[{call.op.name}]'"
