"""Functions that bring their own gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras_jax.autodiff import conjugate
from multikeras_jax.table import table


@table.implements(ops.custom_gradient)
def custom_gradient(function: Callable, tensors: list[Any]) -> list[Any]:
    inexact = [i for i, x in enumerate(tensors) if jnp.issubdtype(x.dtype, jnp.inexact)]

    @jax.custom_gradient
    def run(*given: Any) -> Any:
        values = list(tensors)
        for i, x in zip(inexact, given, strict=True):
            values[i] = x
        outputs, pull = function(values)

        def back(cotangents: Any) -> Any:
            found = pull([conjugate(g) for g in cotangents])
            return tuple(jnp.zeros_like(values[i]) if found[i] is None else conjugate(found[i]) for i in inexact)

        return tuple(jnp.asarray(y) for y in outputs), back

    return list(run(*(tensors[i] for i in inexact)))
