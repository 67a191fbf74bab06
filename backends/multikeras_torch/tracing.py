"""What Dynamo, which traces for `torch.compile`, is told of a function.

`torch.compiler` has decorators for this, but they import the compiler, which takes longer than all of this backend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from torch._compile import _disable_dynamo

Function = TypeVar("Function", bound=Callable[..., Any])


def constant(function: Function) -> Function:
    """Mark a function, in place, as one whose result in a trace is a constant: its arguments are, and it is pure."""
    function._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return function


def opaque(function: Function) -> Function:
    """A function that runs as it is where it is called in a trace."""
    return _disable_dynamo(function)  # type: ignore[return-value]
