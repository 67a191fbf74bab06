"""Kernels for the dtypes that torch has few kernels for.

Torch computes with all floats and signed integers, but has no kernels of most functions for uint16, uint32, uint64 and
8-bit floats, and of some for bools and, on CPUs, for 16-bit floats. Where a kernel refuses its arguments they are taken
in a wider dtype, and the result goes back to theirs. The usual dtypes pay for none of this: the kernel is tried first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

_WIDE = {
    torch.bool: torch.uint8,
    torch.uint16: torch.int32,
    torch.uint32: torch.int64,
    # The same bits: sums, differences and products are right, what compares flips the first bit before.
    torch.uint64: torch.int64,
    torch.float8_e4m3fn: torch.float32,
    torch.float8_e5m2: torch.float32,
    torch.bfloat16: torch.float32,
    torch.float16: torch.float32,
}
# What `require_kernels` refuses. Ops look it up themselves where a call more would be a tenth of their time.
UNSURE = frozenset(_WIDE) - {torch.bfloat16, torch.float16}
_FIRST_BIT = -(2**63)
_NUMBERS = frozenset({int, float})
_Tensor = torch.Tensor


def unary(kernel: Callable, ordered: bool = False, bools: bool = True, of_uint64: Callable | None = None) -> Callable:
    """A kernel of one tensor that takes all dtypes.

    Args:
        kernel: The kernel.
        ordered: Whether the result depends on the order of the numbers.
        bools: Whether it takes bools too.
        of_uint64: What stands for the kernel where the first bit is no sign; itself, of the same bits, with `None`.
    """

    def run(x: torch.Tensor) -> torch.Tensor:
        try:
            if x.dtype in UNSURE and (bools or x.dtype is not torch.bool):
                require_kernels(x)
            return kernel(x)
        except RuntimeError:
            if x.dtype is torch.bool and not bools:
                raise
            if of_uint64 is not None and x.dtype is torch.uint64:
                return of_uint64(x)
            return in_wide(kernel, (x,), ordered)

    return run


def sign_of_uint64(x: torch.Tensor) -> torch.Tensor:
    """0 or 1."""
    return (x.to(torch.int64) != 0).to(torch.uint64)


def binary(kernel: Callable, ordered: bool = False, bools: bool = True) -> Callable:
    """A kernel of two tensors of one dtype that takes all dtypes. See `unary`."""

    def run(x1: Any, x2: Any) -> torch.Tensor:
        try:
            if type(x1) is _Tensor and x1.dtype in UNSURE:
                require_kernels(x1)
            return kernel(x1, x2)
        except RuntimeError:
            if x1.dtype is torch.bool and not bools:
                raise
            return in_wide(kernel, (x1, x2), ordered)

    return run


def of_tensors(kernel: Callable) -> Callable:
    """A function of two tensors that takes a Python number for one of them, as torch's own kernel does not."""

    def run(x1: Any, x2: Any) -> torch.Tensor:
        if type(x2) in _NUMBERS:
            x2 = torch.full((), x2, dtype=x1.dtype, device=x1.device)
        elif type(x1) in _NUMBERS:
            x1 = torch.full((), x1, dtype=x2.dtype, device=x2.device)
        return kernel(x1, x2)

    return run


def widened(kernel: Callable, ordered: bool = False) -> Callable:
    """A kernel of a tensor and other arguments that takes all dtypes. See `unary`."""

    def run(*arguments: Any) -> Any:
        try:
            if arguments[0].dtype in UNSURE:
                require_kernels(arguments[0])
            return kernel(*arguments)
        except RuntimeError:
            return in_wide(kernel, arguments, ordered)

    return run


def require_kernels(x: torch.Tensor) -> None:
    """Refuse, while a compiled step is traced, dtypes for which kernels may be missing: that would show when it runs.

    Raises:
        RuntimeError: As such a kernel would.
    """
    if x.dtype in UNSURE and torch.compiler.is_compiling():
        raise RuntimeError("perhaps no kernel")


def in_wide(kernel: Callable, arguments: tuple[Any, ...], ordered: bool = False, places: bool = False) -> Any:
    """The result of a kernel that has just refused its arguments, computed in a wider dtype.

    Args:
        kernel: The kernel.
        arguments: Its arguments.
        ordered: See `unary`.
        places: Whether the results are places of entries, not entries.

    Raises:
        RuntimeError: The refusal, where the dtype is not to blame.
    """
    narrow = next((x.dtype for x in arguments if isinstance(x, torch.Tensor) and x.dtype in _WIDE), None)
    if narrow is None:
        raise  # noqa: PLE0704 - what the caller is handling
    flipped = ordered and narrow is torch.uint64
    wide = [widen(x, flipped) if isinstance(x, torch.Tensor) and x.dtype is narrow else x for x in arguments]
    result = kernel(*wide)
    return result if places else narrowed(result, narrow, flipped)


def widen(x: torch.Tensor, flipped: bool = False) -> torch.Tensor:
    """`x` in a dtype that torch computes with; itself where it has one.

    Args:
        x: A tensor.
        flipped: Whether the first bit of 64-bit integers is turned over, so that they are in order.
    """
    wide = _WIDE.get(x.dtype)
    if wide is None:
        return x
    x = x.to(wide)
    return x ^ _FIRST_BIT if flipped else x


def narrowed(result: Any, narrow: torch.dtype, flipped: bool = False) -> Any:
    """Results of a computation on widened tensors in the dtype that these had; bools and positions stay."""
    if isinstance(result, (list, tuple)):
        return [narrowed(x, narrow, flipped) for x in result]
    if result.dtype is not _WIDE[narrow]:
        return result
    if flipped:
        result = result ^ _FIRST_BIT
    return result.to(narrow)
