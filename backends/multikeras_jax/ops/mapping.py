"""A function of one entry, called for all entries at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras.ops.looping import check_steps
from multikeras_jax.table import table


@table.implements(ops.vectorized_map)
def vectorized_map(function: Callable, elements: list[Any]) -> list[Any]:
    check_steps(function, elements, None, 1)
    return jax.vmap(lambda entries: [jnp.asarray(x) for x in function(list(entries))])(list(elements))
