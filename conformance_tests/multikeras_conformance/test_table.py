"""The backend's table: every op is supplied, composed or refused, and every row is an op's."""

from __future__ import annotations

import inspect

import pytest

from multikeras.backend import CONTRACT
from multikeras.ops._op import DECLARED


def test_contract_version_is_that_of_core(backend) -> None:
    """The adapter was written for this version."""
    assert backend.contract == CONTRACT


@pytest.mark.parametrize("name", list(DECLARED))
def test_op_is_supplied_composed_or_refused(backend, name: str) -> None:
    """No primitive is forgotten."""
    assert backend.ops.kind(DECLARED[name]) != "missing"


def test_rows_name_declared_ops(backend) -> None:
    """A row for an op that does not exist would never run."""
    unknown = (set(backend.ops.native) | set(backend.ops.refused)) - set(DECLARED)
    assert not unknown


def test_implementations_take_the_arguments_of_their_ops(backend) -> None:
    """Python functions in the table take as many arguments as the op has; native ones can't tell."""
    for name, function in backend.ops.native.items():
        if inspect.isfunction(function) and not hasattr(function, "__wrapped__"):
            op = DECLARED[name]
            if op.star is None and not op.keywords:
                try:
                    inspect.signature(function).bind(*range(len(op.parameters)))
                except TypeError as error:
                    raise AssertionError(f"{name}: {error}") from error
