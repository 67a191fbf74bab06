"""Ops of real numbers refuse complex tensors, with one error on every backend, whatever its kernels would do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from multikeras.errors import DTypeError
from multikeras.ops._op import DECLARED, Op
from multikeras_conformance import calls
from multikeras_conformance.calls import Call


def _real() -> list[Op]:
    return [op for op in DECLARED.values() if op.real]


def _first(op: Op) -> Call:
    return next(call for call in calls.calls(raising=False, first_dtype=True, only=op) if call.dtype == "float32")


@pytest.mark.parametrize("op", _real(), ids=lambda op: op.name)
def test_complex_tensor_is_refused(op: Op) -> None:
    """Before the fast path is made and after it: each tensor of floats as a complex one, eager and symbolic."""
    call = _first(op)
    values = call.values()
    calls.run(call, calls.native(call, values))
    for p in op.tensor_parameters:
        value = values[p.position]
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            continue
        bad = list(values)
        bad[p.position] = value.astype(np.complex64)
        texts = set()
        for arguments in (calls.native(call, bad), bad, calls.symbolic(bad)[0]):
            with pytest.raises(DTypeError, match="takes real numbers") as raised:
                calls.run(call, arguments)
            texts.add(str(raised.value))
        assert len(texts) == 1, dataclasses.replace(call, dtype="complex64").context()
