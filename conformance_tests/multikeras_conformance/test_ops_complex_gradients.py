"""Gradients with respect to complex tensors, against differences of the oracle in float64."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from multikeras import ops
from multikeras.backend import Capability, current
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras_conformance import calls
from multikeras_conformance.calls import Call
from multikeras_conformance.differentiating import second_difference, slots_of, traced, with_tensors

STEP = 1e-6

ALLOWED = {"complex64": 2e-4, "complex128": 1e-7}
"""Of a derivative, by dtype: what share of the sum of its terms it may be off by."""

SECOND_ALLOWED = {"complex64": 1e-3, "complex128": 1e-5}
"""The same of a second derivative."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each differentiable op that takes complex tensors and dtype."""
    if "op" in metafunc.fixturenames:
        held = [dtype for dtype in ALLOWED if dtype in calls.dtypes_held() and Capability.GRADIENTS in current().can]
        found = [(op, dtype) for dtype in held for op in DECLARED.values() if _calls(op, dtype)]
        metafunc.parametrize(("op", "dtype"), found, ids=[f"{op.name}-{dtype}" for op, dtype in found])


def _calls(op: Op, dtype: str) -> list[Call]:
    """The first case that runs on complex tensors; all of them under `--thorough`."""
    if op.differentiable is False or op.reference is None or op.real:
        return []
    found = []
    for number, case in enumerate(op.cases):
        if case.raises is not None or not case.gradient or (found and not calls.thorough):
            continue
        # The tensors of a case are drawn, or have a dtype of their own.
        plain = Call(op, number, "float64" if dtype == "complex128" else "float32")
        if dtype not in calls.dtypes_of(case) and not _places(plain, plain.values(), dtype):
            continue
        call = Call(op, number, dtype)
        values = call.values()
        rule = calls.rule_of(call, values)
        if isinstance(rule, MultikerasError) or not _places(call, values, dtype) or not calls.fits(call):
            continue
        varying = [s for s in calls.leaves(rule) if _varies(s.dtype)]
        wide = all(s.dtype in ("float32", "float64", *lattice.COMPLEX) and None not in s.shape for s in varying)
        if varying and wide and calls.result_fits(rule):
            found.append(call)
    return found


def _varies(dtype: str) -> bool:
    return lattice.is_float(dtype) or dtype in lattice.COMPLEX


def _places(call: Call, values: list, dtype: str) -> list[tuple[int, int | None]]:
    """Where the tensors of a dtype with entries are through which gradients flow."""
    found = slots_of(call, values, np.dtype(dtype))
    return [(p, i) for p, i in found if (values[p] if i is None else values[p][i]).size]


def _weights(rng: np.random.Generator, result: np.ndarray) -> np.ndarray:
    """Random numbers; zeros for results in which the oracle itself rounds, so that differences are of no use, and that
    are nan."""
    exact = result.dtype in (np.float64, np.complex128)
    weights = rng.standard_normal(result.shape) + 1j * rng.standard_normal(result.shape)
    return np.where(np.isnan(result), 0, weights) * exact


class _Direction:
    """A call, a direction in its complex arguments, and a real combination of its results."""

    def __init__(self, call: Call) -> None:
        rng = np.random.default_rng(3)
        self.call, self.values = call, call.values()
        self.places = _places(call, self.values, call.dtype)
        self.points = [self.values[p] if i is None else self.values[p][i] for p, i in self.places]
        self.directions = [rng.standard_normal(x.shape) + 1j * rng.standard_normal(x.shape) for x in self.points]
        results = calls.comparable(call.op, calls.oracle(call, calls.widened(call, self.values)))
        self.weights = [_weights(rng, np.asarray(r)) for r in results]
        self.native = calls.native(call, self.values)

    def at(self, step: float, turned: float = 0) -> float:
        """The combination of the oracle's results so far along the direction, and along it turned by 90 degrees."""
        ways = zip(self.points, self.directions, strict=True)
        moved = [x.astype(np.complex128) + complex(step, turned) * d for x, d in ways]
        wide = with_tensors(calls.widened(self.call, self.values), self.places, moved)
        results = calls.comparable(self.call.op, calls.oracle(self.call, wide))
        return sum(float(np.sum(np.real(w * r)[w != 0])) for w, r in zip(self.weights, results, strict=True))

    def slope(self) -> float:
        """How the combination changes along the direction."""
        return (self.at(STEP) - self.at(-STEP)) / (2 * STEP)

    def combination(self, tensors: list) -> Any:
        """The combination of what the op returns."""
        arguments = with_tensors(self.native, self.places, tensors)
        results = calls.comparable(self.call.op, calls.run(self.call, arguments))
        real = "float64" if self.call.dtype == "complex128" else "float32"
        total = ops.convert_to_tensor(np.zeros((), real))
        for w, r in zip(self.weights, results, strict=True):
            dtype = ops.dtype(r)
            if dtype in lattice.COMPLEX:
                term = ops.real(ops.multiply(r, ops.convert_to_tensor(w.astype(self.call.dtype))))
            elif lattice.is_float(dtype):
                term = ops.multiply(r, ops.convert_to_tensor(np.real(w).astype(real)))
            else:
                continue
            total = ops.add(total, ops.sum(term))
        return total


def _total(rows: list[_Direction]) -> Callable[[list], Any]:
    """The sum of the combinations, as a function of the tensors of all."""

    def total(tensors: list) -> Any:
        given = iter(tensors)
        parts = [row.combination([next(given) for _ in row.points]) for row in rows]
        return functools.reduce(ops.add, parts)

    return total


def _gradients(function: Callable[[list], Any], tensors: list) -> list:
    autodiff = current().autodiff
    assert autodiff is not None
    return autodiff.value_and_grad(function, tensors)[1]


def _assert_change(
    row: _Direction, found: Iterator, directions: list, expected: float, allowed: float, inexact: float
) -> None:
    """Raise unless, along directions, gradients are what the oracle grows by.

    Args:
        row: Whose gradients they are.
        found: Gives one gradient after the other.
        directions: One for each of them.
        expected: How fast the oracle grows.
        allowed: What share of the sum of its terms it may be off by.
        inexact: What may be added to that.
    """
    received = size = 0.0
    for x, direction in zip(row.points, directions, strict=True):
        array = calls.to_numpy(next(found))
        assert (array.shape, array.dtype) == (x.shape, x.dtype), row.call.context()
        received += float(np.sum(np.real(np.conj(array) * direction)))
        size += float(np.sum(np.abs(array * direction)))
    allowed = allowed * max(size, abs(expected), 1e-1) * max((row.call.case.tolerance or 8) / 8, 1) + inexact
    assert abs(received - expected) <= allowed, (
        f"received {received}, expected {expected}, {allowed:.2g} allowed\n{row.call.context()}"
    )


def test_complex_gradient_points_where_the_oracle_grows(op: Op, dtype: str) -> None:
    """The change along a random direction `d` is that of `real(sum(conj(gradient) * d))`; all cases in one step."""
    rows = [_Direction(call) for call in _calls(op, dtype)]
    points = [current().tensors.from_numpy(x) for row in rows for x in row.points]
    found = iter(traced(lambda tensors: _gradients(_total(rows), tensors), points))
    for row in rows:
        _assert_change(row, found, row.directions, row.slope(), ALLOWED[dtype], 0)


def test_gradient_of_a_complex_gradient_is_that_of_the_oracle(op: Op, dtype: str) -> None:
    """How the slope along a random direction changes along that direction turned by 90 degrees."""
    rows = [_Direction(call) for call in _calls(op, dtype)]
    from_numpy = current().tensors.from_numpy
    points = [from_numpy(x) for row in rows for x in row.points]
    directions = [from_numpy(d.astype(dtype)) for row in rows for d in row.directions]

    def second(tensors: list, directions: list) -> list:
        def along(tensors: list) -> Any:
            first = _gradients(_total(rows), tensors)
            terms = [ops.real(ops.multiply(ops.conj(g), d)) for g, d in zip(first, directions, strict=True)]
            return functools.reduce(ops.add, map(ops.sum, terms))

        return _gradients(along, tensors)

    found = iter(traced(lambda both: second(*both), (points, directions)))
    for row in rows:
        bend = second_difference(row.at)
        assert bend is not None, row.call.context()
        _assert_change(row, found, [1j * d for d in row.directions], bend[0], SECOND_ALLOWED[dtype], bend[1])
