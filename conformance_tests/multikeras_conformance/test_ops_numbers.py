"""Python numbers in the place of tensors: taken as tensors of no axes are, or refused as those are."""

from __future__ import annotations

import pytest

from multikeras.ops._op import DECLARED, Op
from multikeras_conformance import drawing
from multikeras_conformance.checking import check


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("op", [op for op in DECLARED.values() if op.reference is not None], ids=lambda op: op.name)
def test_number_is_a_tensor_of_no_axes(op: Op) -> None:
    """The other tensors are as in a case. Twice: the second call may go another way."""
    for call in drawing.with_numbers(op):
        check(call)
        check(call)
