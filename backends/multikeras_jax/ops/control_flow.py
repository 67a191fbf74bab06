"""Which function runs depends on a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from multikeras import ops
from multikeras_jax.table import table


@table.implements(ops.cond)
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    if not (callable(true_fn) and callable(false_fn)):
        raise TypeError("no function")
    if isinstance(pred, Tracer):
        return jax.lax.cond(jnp.reshape(pred, ()) != 0, true_fn, false_fn)
    if pred.size != 1 or pred.ndim > 1:
        raise ValueError("a condition is one value")
    return true_fn() if pred.item() else false_fn()
