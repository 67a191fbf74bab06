"""Every op inside a compiled step: the same values as outside."""

from __future__ import annotations

from typing import Any

import pytest

from multikeras.backend import StepOptions, current
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras.testing import assert_close
from multikeras_conformance import calls
from multikeras_conformance.calls import Call


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
    bodies, tensors = [], []
    for call in taken:
        text, given, fixed = _expression(call)
        bodies.append((text, fixed))
        tensors.append(given)
    step = _straight_line(op, bodies)
    eager = step(tensors)
    compiled = current().compile.step(step, StepOptions())(tensors)
    for call, wanted, received in zip(taken, eager, compiled, strict=True):
        for a, b in zip(calls.leaves(received), calls.leaves(wanted), strict=True):
            x, y = calls.to_numpy(a), calls.to_numpy(b)
            assert x.dtype == y.dtype, call.context()
            assert_close(x, y, y.dtype.name, 2 * (call.case.tolerance or 8), call.context())


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
