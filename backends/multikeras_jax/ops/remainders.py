"""Remainders of C, and common divisors and multiples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _of_integers(function: Callable) -> Callable:
    def run(x1: Any, x2: Any) -> Any:
        if not jnp.issubdtype(x1.dtype, jnp.integer):
            raise TypeError("integers")
        return function(x1, x2)

    return compiled(run)


table.alias(fmod=compiled(jnp.fmod), gcd=_of_integers(jnp.gcd), lcm=_of_integers(jnp.lcm))
table.takes_tensors_only("gcd", "lcm")
