"""Every op inside a compiled step: the same values as outside."""

from __future__ import annotations

from typing import Any

import pytest

from multikeras.backend import StepOptions, current
from multikeras.backend.spec import Spec
from multikeras.errors import MultikerasError, NotSupportedError
from multikeras.ops._op import DECLARED, Op
from multikeras.testing import assert_same_spec
from multikeras_conformance import calls
from multikeras_conformance.calls import Call
from multikeras_conformance.checking import assert_oracles
from multikeras_conformance.report import noting


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each op that takes tensors."""
    if "op" in metafunc.fixturenames:
        found = [op for op in DECLARED.values() if op.tensor_parameters and op.reference is not None]
        metafunc.parametrize("op", found, ids=lambda op: op.name)
    if "call" in metafunc.fixturenames:
        found = []
        for call in calls.calls(raising=False, first_dtype=True):
            rule = calls.rule_of(call, call.values())
            if not isinstance(rule, MultikerasError) and _values_decide(rule):
                found.append(call)
        metafunc.parametrize("call", found, ids=str)


def _values_decide(rule: Any) -> bool:
    """Whether a size of the result is known from values alone."""
    return any(None in spec.shape for spec in calls.leaves(rule))


def test_compiled_op_equals_eager_op(op: Op) -> None:
    """All cases of an op in one compiled step, since compiling takes its time.

    Eager values are the oracle's, as the tests of values have it: that is what the compiled ones are held to.
    """
    taken = []
    for call in calls.calls(raising=False, first_dtype=True, only=op):
        rule = calls.rule_of(call, call.values())
        if not isinstance(rule, MultikerasError) and calls.result_fits(rule) and not _values_decide(rule):
            taken.append((call, calls.leaves(rule)))
    step, tensors = _step(op, [call for call, _ in taken])
    results = current().compile.step(step, StepOptions())(tensors)
    for (call, rules), received in zip(taken, results, strict=True):
        _compare(call, rules, received)
    noting.compared(len(taken))


def test_size_that_values_decide_is_right_or_refused(call: Call) -> None:
    """Not every compiler has tensors of unknown sizes."""
    step, tensors = _step(call.op, [call])
    try:
        (received,) = current().compile.step(step, StepOptions())(tensors)
    except NotSupportedError:
        noting.refused()
        return
    _compare(call, calls.leaves(calls.rule_of(call, call.values())), received)


def _step(op: Op, taken: list[Call]) -> tuple[Any, list[Any]]:
    """A function that makes calls of an op, and the tensors that it takes."""
    bodies, tensors = [], []
    for call in taken:
        text, given, fixed = _expression(call)
        bodies.append((text, fixed))
        tensors.append(given)
    return _straight_line(op, bodies), tensors


def _compare(call: Call, rules: list[Spec], results: Any) -> None:
    arrays = [calls.to_numpy(received) for received in calls.leaves(results)]
    for array, spec in zip(arrays, rules, strict=True):
        assert_same_spec(Spec(array.shape, array.dtype.name), spec, call.context())
    assert_oracles(call, call.values(), arrays, rules, call.context(), times=2)


def _expression(call: Call) -> tuple[str, list[Any], dict[str, Any]]:
    """The call as text, the tensors that it takes from `given`, and the other values by name."""
    given: list[Any] = []
    fixed: dict[str, Any] = {}
    types = current().tensors.types

    def render(value: Any) -> str:
        if isinstance(value, types):
            given.append(value)
            return f"given[{len(given) - 1}]"
        if isinstance(value, list):
            return f"[{', '.join(render(v) for v in value)}]"
        name = f"c{call.number}_{len(fixed)}"
        fixed[name] = value
        return name

    parts = []
    values = calls.native(call, call.values())
    for p, raw in zip(call.op.parameters, call.op.signature.parameters.values(), strict=True):
        value = values[p.position]
        if raw.kind is raw.VAR_POSITIONAL:
            parts += [render(v) for v in value]
        elif raw.kind is raw.VAR_KEYWORD:
            parts += [f"{k}={render(v)}" for k, v in value.items()]
        else:
            parts.append(f"{p.name}={render(value)}" if raw.kind is raw.KEYWORD_ONLY else render(value))
    return f"op({', '.join(parts)})", given, fixed


def _straight_line(op: Op, bodies: list[tuple[str, dict[str, Any]]]) -> Any:
    """A function of the tensors of each call that makes them all: what a user would write, one line a call."""
    namespace: dict[str, Any] = {"op": op.function}
    lines = ["def step(rows):", "    results = []"]
    for i, (text, fixed) in enumerate(bodies):
        namespace.update(fixed)
        lines += [f"    given = rows[{i}]", f"    results.append({text})"]
    lines.append("    return results")
    # A name of its own: compilers that learn from calls of one place in the source would take all ops for one.
    exec(compile("\n".join(lines), f"<compiled {op.name}>", "exec"), namespace)
    return namespace["step"]
