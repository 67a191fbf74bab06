"""TorchVariable: what makes torch take a multikeras variable where it takes a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras.state.variable import Variable


class TorchVariable:
    """The second base of variables on this backend: torch's functions and operators compute with their values."""

    @classmethod
    def __torch_function__(cls, function: Callable, types: Any, args: tuple = (), kwargs: Any = None) -> Any:
        return function(*[_value(x) for x in args], **{k: _value(x) for k, x in (kwargs or {}).items()})


def _value(x: Any) -> Any:
    if isinstance(x, Variable):
        return x.value
    if type(x) is list or type(x) is tuple:
        return type(x)([_value(inner) for inner in x])
    return x
