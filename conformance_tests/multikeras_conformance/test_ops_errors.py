"""Bad arguments: every op raises the error of its rule, the same class and text on every backend."""

from __future__ import annotations

import pytest

from multikeras_conformance import calls
from multikeras_conformance.calls import Call


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each op and case that raises."""
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", calls.calls(raising=True, first_dtype=True), ids=str)


def test_bad_argument_raises_the_error_of_the_rule(call: Call) -> None:
    """On real tensors, on host arrays and on symbolic tensors."""
    values = call.values()
    rule = calls.rule_of(call, values)
    case = call.case
    assert case.raises is not None
    texts = set()
    for arguments in (calls.native(call, values), values):
        with pytest.raises(case.raises, match=case.match) as raised:
            calls.run(call, arguments)
        texts.add(str(raised.value))
    if isinstance(rule, Exception):
        assert texts == {str(rule)}, call.context()
    else:
        # What only values can tell, such as an index out of range.
        assert len(texts) == 1, call.context()
