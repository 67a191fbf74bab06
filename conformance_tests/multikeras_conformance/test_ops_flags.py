"""Flags of ops: 0, 1 and NumPy's bools mean what Python's do, also where a kernel refuses them."""

from __future__ import annotations

import numpy as np
import pytest

from multikeras.ops._op import DECLARED, Op
from multikeras_conformance import calls


def _flags(op: Op) -> list[int]:
    return [p.position for p in op.parameters if str(op.signature.parameters[p.name].annotation) == "bool"]


def _ops() -> list[Op]:
    """Some of those with flags, unless the thorough mode takes all: what makes a call again is one for all ops."""
    return [op for op in DECLARED.values() if _flags(op)][:: 1 if calls.thorough else 8]


@pytest.mark.parametrize("op", _ops(), ids=lambda op: op.name)
def test_flag_may_be_an_integer_or_of_numpy(op: Op) -> None:
    """One call for each flag and each way to write it."""
    call = calls.calls(raising=False, first_dtype=True, only=op)[0]
    native = calls.native(call, call.values())
    expected = [calls.to_numpy(x) for x in calls.leaves(calls.run(call, native))]
    for place in _flags(op):
        for kind in (int, np.bool_):
            arguments = list(native)
            arguments[place] = kind(native[place])
            for x, wanted in zip(calls.leaves(calls.run(call, arguments)), expected, strict=True):
                np.testing.assert_array_equal(calls.to_numpy(x), wanted)
