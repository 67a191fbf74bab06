"""What Dynamo, which traces for `torch.compile`, is told of a function.

`torch.compiler` has decorators for this, but they import the compiler, which takes longer than all of this backend.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import torch

Function = TypeVar("Function", bound=Callable[..., Any])


def constant(function: Function) -> Function:
    """Mark a function, in place, as one whose result in a trace is a constant: its arguments are, and it is pure."""
    function._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return function


def opaque(function: Function) -> Function:
    """A function that runs as it is, with all that it calls, where it is called in a trace."""
    disabled: list[Callable] = []

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if "torch._dynamo" not in sys.modules:
            return function(*args, **kwargs)
        if not disabled:
            disabled.append(torch.compiler.disable(function))
        return disabled[0](*args, **kwargs)

    # Not inlined into the trace of its caller.
    run._torchdynamo_disable = True  # type: ignore[attr-defined]
    return run  # type: ignore[return-value]
