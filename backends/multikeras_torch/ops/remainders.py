"""Remainders of C, and common divisors and multiples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras_torch.table import table
from multikeras_torch.widened import binary


def _of_integers(function: Callable) -> Callable:
    run = binary(function)

    def checked(x1: Any, x2: Any) -> Any:
        if x1.dtype is torch.bool or x1.is_floating_point() or x1.is_complex():
            raise TypeError("integers")
        return run(x1, x2)

    return checked


table.alias(fmod=binary(torch.fmod), gcd=_of_integers(torch.gcd), lcm=_of_integers(torch.lcm))
table.takes_tensors_only("fmod", "gcd", "lcm")
