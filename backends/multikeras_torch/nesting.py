"""Which of torch's transforms a call is inside of: a few kernels have no second gradient, or are of one row only."""

from __future__ import annotations

import math
from typing import Any

import torch

# How many of torch's transforms a call is inside of, none being `None`.
_functorch: Any = torch._C._functorch  # type: ignore[attr-defined]
_level = _functorch.maybe_current_level


def differentiated_again() -> bool:
    """Whether a gradient is taken inside of another transform. A compiled graph takes care of that itself."""
    return not torch.compiler.is_compiling() and (_level() or 0) > 1


def values_alone(*tensors: torch.Tensor) -> bool:
    """Whether the values of a call alone count, however they are made: it is not recorded, mapped or traced."""
    if torch.compiler.is_compiling() or _level() is not None:
        return False
    return not torch.is_grad_enabled() or not any(x.requires_grad for x in tensors)


def surely_numbers(x: torch.Tensor) -> bool:
    """Whether a look at the values, where they alone count and are near, shows that none is nan.

    A sum is the fastest look, one pass over the data; it may be nan of infinities too.
    """
    return x.is_cpu and x.dtype in _SUMMED and values_alone(x) and not math.isnan(torch.sum(x).item())


def surely_finite(x: torch.Tensor) -> bool:
    """Whether a look of the same kind shows that all are finite; sums of large numbers may not be."""
    return x.is_cpu and x.dtype in _SUMMED and values_alone(x) and math.isfinite(torch.sum(x).item())


_SUMMED = frozenset({torch.float32, torch.float64})


def mapped() -> bool:
    """Whether a call stands for that of many rows at once."""
    if torch.compiler.is_compiling() or _level() is None:
        return False
    return any(i.key() == _functorch.TransformType.Vmap for i in _functorch.get_interpreter_stack() or ())


def rows_of(x: Any) -> torch.Tensor:
    """The values of all rows, on their own."""
    while _functorch.is_functorch_wrapped_tensor(x):
        x = _functorch.get_unwrapped(x)
    return x
