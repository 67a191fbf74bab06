"""Remainders of C, and common divisors and multiples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras_numpy.table import table


def _of_integers(function: Callable) -> Callable:
    def run(x1: Any, x2: Any) -> Any:
        if x1.dtype.kind not in "iu":
            raise TypeError("integers")
        return function(x1, x2)

    return run


table.alias(fmod=np.fmod, gcd=_of_integers(np.gcd), lcm=_of_integers(np.lcm))
table.takes_tensors_only("gcd", "lcm")
