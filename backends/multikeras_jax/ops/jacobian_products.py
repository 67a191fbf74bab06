"""Forward mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras.ops.jacobian_products import check_tangents
from multikeras_jax.table import table


@table.implements(ops.jvp)
def jvp(function: Callable, primals: list[Any], tangents: list[Any]) -> list[Any]:
    check_tangents(function, primals, tangents)
    try:
        outputs, changes = jax.jvp(
            lambda *given: [jnp.asarray(y) for y in function(list(given))], tuple(primals), tuple(tangents)
        )
    except TypeError as error:
        # A function with a custom gradient has no other derivative.
        if "custom_vjp" not in str(error):
            raise
        return table.composite(ops.jvp)(function, primals, tangents)
    # What does not vary has tangents of a dtype without values.
    changes = [t if t.dtype == y.dtype else jnp.zeros_like(y) for y, t in zip(outputs, changes, strict=True)]
    return [*outputs, *changes]
