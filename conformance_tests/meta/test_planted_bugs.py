"""Bugs are planted in the adapter and in declarations, one at a time; the test meant for each must fail."""

from __future__ import annotations

import contextlib

import ml_dtypes
import numpy as np
import pytest
from multikeras_conformance import (
    calls,
    test_ops_compiled,
    test_ops_errors,
    test_ops_gradients,
    test_ops_symbolic,
    test_ops_values,
)
from multikeras_conformance.differentiating import differentiable_calls
from multikeras_numpy.autodiff import recording
from multikeras_numpy.autodiff.gradient_rules import RULES as GRADIENTS

from multikeras.backend import current
from multikeras.backend.spec import Spec
from multikeras.ops._op import DECLARED
from multikeras.random import threefry


@contextlib.contextmanager
def planted(name: str, function):
    """The NumPy backend with another implementation of an op."""
    op = DECLARED[name]
    rows = current().ops.native
    before = rows.get(name)
    rows[name] = function
    _forget(op)
    try:
        yield
    finally:
        if before is None:
            del rows[name]
        else:
            rows[name] = before
        _forget(op)


@contextlib.contextmanager
def ruled(name: str, rule):
    """An op with another rule."""
    op = DECLARED[name]
    before = op.infer
    op.infer = rule
    try:
        yield
    finally:
        op.infer = before


def _forget(op) -> None:
    op.fast.clear()
    recording._lifted.pop(op.name, None)
    if hasattr(op, "beside_numbers"):
        op.beside_numbers.clear()


def run_all(name: str, test, raising: bool = False) -> None:
    """The suite's test on every call of an op."""
    found = [c for c in calls.calls(raising=raising) if c.op.name == name]
    assert found
    for call in found:
        test(call)


def values(name: str) -> None:
    run_all(name, test_ops_values.test_op_value_is_the_oracles)


def symbolic(name: str) -> None:
    run_all(name, test_ops_symbolic.test_symbolic_call_has_the_shape_of_an_eager_one)


def errors(name: str) -> None:
    run_all(name, test_ops_errors.test_bad_argument_raises_the_error_of_the_rule, raising=True)


def gradients(name: str) -> None:
    found = differentiable_calls(DECLARED[name])
    assert found
    for call in found:
        test_ops_gradients.test_gradient_is_that_of_the_oracle(call)


def compiled(name: str) -> None:
    test_ops_compiled.test_compiled_op_equals_eager_op(DECLARED[name])


def _mutating_negative(x):
    result = -x
    if isinstance(x, np.ndarray) and x.size:
        x.reshape(-1)[0] = 0
    return result


def _low_precision_matmul(a, b):
    return np.matmul(a.astype(ml_dtypes.bfloat16), b.astype(ml_dtypes.bfloat16)).astype(a.dtype)


_calls = iter(range(10**9))

# What is wrong, the op, the implementation, and the test that must notice.
IMPLEMENTATIONS = [
    ("axis off by one", "cumsum", lambda x, axis, dtype: np.flip(np.cumsum(x, axis), axis or 0), values),
    ("keepdims dropped", "sum", lambda x, axis, keepdims: np.sum(x, axis), values),
    ("wrong result dtype", "exp", lambda x: np.exp(x).astype(np.float64), values),
    ("input changed in place", "negative", _mutating_negative, values),
    ("accumulated in 16 bits", "matmul", _low_precision_matmul, values),
    ("rounds where it should cut off", "trunc", np.round, values),
    ("nan taken for a number", "maximum", np.fmax, values),
    ("wrong sign at zero", "sign", lambda x: np.where(x >= 0, 1, -1).astype(x.dtype), values),
    ("shifted by one", "roll", lambda x, shift, axis: x, values),
    ("arguments swapped", "subtract", lambda a, b: np.subtract(b, a), values),
    ("bad shapes pass silently", "concatenate", lambda xs, axis: np.concatenate([x.ravel() for x in xs]), errors),
    ("another value at every call", "cos", lambda x: np.cos(x) + np.asarray(next(_calls), x.dtype), compiled),
]

RULES = [
    ("symbolic shape differs from the eager one", "exp", lambda x: Spec((*x.shape, 1), x.dtype), symbolic),
    ("symbolic dtype differs from the eager one", "argmax", lambda x, axis, keepdims: Spec((), "int64"), values),
    (
        "an unknown size taken for a known one",
        "flip",
        lambda x, axis: Spec(tuple(s or 1 for s in x.shape), x.dtype),
        symbolic,
    ),
    ("a rule that lets everything pass", "reshape", lambda x, newshape: Spec(tuple(newshape), x.dtype), errors),
]


@pytest.mark.parametrize(
    ("name", "function", "test"), [row[1:] for row in IMPLEMENTATIONS], ids=[r[0] for r in IMPLEMENTATIONS]
)
def test_bug_in_an_implementation_is_caught(name: str, function, test) -> None:
    """The test passes without the bug and fails with it."""
    test(name)
    with planted(name, function), pytest.raises((AssertionError, pytest.fail.Exception, ValueError, TypeError)):
        test(name)
    test(name)


@pytest.mark.parametrize(("name", "rule", "test"), [row[1:] for row in RULES], ids=[r[0] for r in RULES])
def test_bug_in_a_rule_is_caught(name: str, rule, test) -> None:
    """The test passes without the bug and fails with it."""
    test(name)
    rule.cast = DECLARED[name].cast
    with ruled(name, rule), pytest.raises((AssertionError, pytest.fail.Exception, ValueError, TypeError)):
        test(name)
    test(name)


def _scaled(pull, factor: float):
    return lambda *given, **place: pull(*given, **place) * factor


@pytest.mark.parametrize(("name", "factor"), [("tanh", 1.01), ("matmul", -1.0), ("max_pool", 0.0)])
def test_bug_in_a_gradient_is_caught(monkeypatch: pytest.MonkeyPatch, name: str, factor: float) -> None:
    """A rule of NumPy's reverse mode that is off by a factor."""
    rules = GRADIENTS[name]
    pulls = {i: _scaled(pull, factor) for i, pull in rules.pulls.items()}
    gradients(name)
    monkeypatch.setitem(GRADIENTS, name, rules._replace(pulls=pulls))
    # Implementations with their rules are remembered by types.
    _forget(DECLARED[name])
    with pytest.raises(AssertionError):
        gradients(name)
    _forget(DECLARED[name])


def test_bug_in_the_portable_generator_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """One rotation of Threefry changed."""
    zero = np.zeros(1, np.uint32)

    def first_word() -> int:
        return int(threefry.threefry2x32(np.zeros(2, np.uint32), (zero, zero))[0][0])

    assert first_word() == 0x6B200159
    monkeypatch.setattr(threefry, "ROTATIONS", ((13, 15, 26, 7), (17, 29, 16, 24)))
    assert first_word() != 0x6B200159
