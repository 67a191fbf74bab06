"""Remainders of C, and common divisors and multiples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras import ops
from multikeras_torch.ops.arithmetic import mod
from multikeras_torch.table import table
from multikeras_torch.widened import binary


def _of_integers(function: Callable) -> Callable:
    run = binary(function)

    def checked(x1: Any, x2: Any) -> Any:
        if x1.dtype is torch.bool or x1.is_floating_point() or x1.is_complex():
            raise TypeError("integers")
        return run(x1, x2)

    return checked


_fmod = binary(torch.fmod)


@table.implements(ops.fmod)
def fmod(x1: Any, x2: Any) -> Any:
    # Where there are no signs, the remainders of C are the others.
    return mod(x1, x2) if x1.dtype is torch.uint64 else _fmod(x1, x2)


table.alias(gcd=_of_integers(torch.gcd), lcm=_of_integers(torch.lcm))
table.takes_tensors_only("fmod", "gcd", "lcm")
