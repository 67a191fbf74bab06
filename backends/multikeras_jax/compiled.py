"""Implementations compiled by XLA as a whole.

Called eagerly, a function of `jax.numpy` dispatches its primitives one by one, in 10 to 50 µs each; a compiled one is
dispatched once, in 5. Inside a step that is compiled anyway, `inline` leaves nothing of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def compiled(function: Callable, *static: int) -> Callable:
    """`function` compiled once for each shape and dtype of its arrays.

    Args:
        function: Takes its arguments by position.
        *static: The positions of those that are no arrays. Lists among them arrive as tuples. Equal ones share a compiled
            function, so a number whose type or zero's sign matters is no static argument.
    """
    fast = jax.jit(function, static_argnums=static, inline=True)
    if not static:
        return fast

    @functools.wraps(function)
    def run(*arguments: Any) -> Any:
        try:
            return fast(*arguments)
        except (TypeError, ValueError):
            frozen = [frozen_lists(x) if i in static else x for i, x in enumerate(arguments)]
            if all(a is b for a, b in zip(frozen, arguments, strict=True)):
                raise
        return fast(*frozen)

    return run


def frozen_lists(x: Any) -> Any:
    """`x` with tuples for the lists and host arrays in it, so that it can be hashed."""
    if isinstance(x, np.ndarray):
        x = x.tolist()
    if isinstance(x, list):
        return tuple(frozen_lists(e) for e in x)
    if isinstance(x, tuple):
        frozen = tuple(frozen_lists(e) for e in x)
        return x if all(a is b for a, b in zip(frozen, x, strict=True)) else frozen
    return x
