"""Arguments of the wrong kind: for every op and every argument one error of ours, never a native one alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras_conformance import calls
from multikeras_conformance.calls import Call

NO_TENSORS = ("text", {"a": 1}, [[1.0], [1.0, 2.0]], object())
# What an annotation does not name is wrong; nan is no integer, and True no size.
WRONG = {
    "int": ("nonsense", object(), float("nan"), (5, -7)),
    "str": ("nonsense", 3, object()),
    "bool": ("x", object()),
}
# Functions that are handed to an op are called before its rule is asked.
CALLED = {"custom_gradient", "while_loop", "fori_loop", "vectorized_map", "scan", "associative_scan", "map", "cond"}
CALLED |= {"switch", "vjp", "jvp", "value_and_grad", "grad"}


def _ops() -> list[Op]:
    return [op for op in DECLARED.values() if op.name not in CALLED and not op.keywords and _first(op) is not None]


def _first(op: Op) -> Call | None:
    for number, case in enumerate(op.cases):
        call = Call(op, number, (case.dtypes or ("float32",))[0])
        if case.raises is None and calls.fits(call):
            return call
    return None


def _wrong(op: Op) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for p, raw in zip(op.parameters, op.signature.parameters.values(), strict=True):
        if p.tensor:
            values: tuple = NO_TENSORS if p.optional else (*NO_TENSORS, None)
            found += [(p.name, [value] if p.many else value) for value in values]
        else:
            found += [(p.name, value) for value in WRONG.get(str(raw.annotation).partition(" |")[0], ())]
    return found


@pytest.mark.parametrize("op", _ops(), ids=lambda op: op.name)
def test_argument_of_the_wrong_kind_is_one_error(op: Op) -> None:
    """Whatever a backend's kernel makes of it; what it takes all the same is no fault."""
    call = _first(op)
    assert call is not None
    places = {p.name: p.position for p in op.parameters}
    native = calls.native(call, call.values())
    for name, value in _wrong(op):
        arguments = list(native)
        arguments[places[name]] = value
        try:
            calls.leaves(calls.run(call, arguments))
        except MultikerasError:
            pass
        except Exception as error:
            raise AssertionError(f"{name}={value!r}: an error that is not ours\n{call.context()}") from error


def _flags(op: Op) -> list[int]:
    return [p.position for p in op.parameters if str(op.signature.parameters[p.name].annotation) == "bool"]


@pytest.mark.parametrize("op", [op for op in _ops() if _flags(op)], ids=lambda op: op.name)
def test_flag_may_be_an_integer_or_of_numpy(op: Op) -> None:
    """0, 1 and NumPy's bools mean what Python's do, also where a kernel refuses them."""
    call = _first(op)
    assert call is not None
    native = calls.native(call, call.values())
    expected = calls.leaves(calls.run(call, native))
    for place in _flags(op):
        for kind in (int, np.bool_):
            arguments = list(native)
            arguments[place] = kind(native[place])
            for x, y in zip(calls.leaves(calls.run(call, arguments)), expected, strict=True):
                np.testing.assert_array_equal(calls.to_numpy(x), calls.to_numpy(y))


def test_missing_tensor_is_named() -> None:
    """None in the place of a tensor, wherever the op is called from."""
    from multikeras import ops

    with pytest.raises(MultikerasError, match=r"ops.add takes a tensor as `x2`"):
        ops.add(np.float32([1.0]), None)  # type: ignore[arg-type]
    with pytest.raises(MultikerasError, match=r"ops.relu takes a tensor as `x`"):
        ops.relu(None)  # type: ignore[arg-type]
