"""Variables: the array itself, replaced when assigned."""

from __future__ import annotations

from typing import Any

import jax
from jax.core import Tracer

from multikeras.errors import StateError

read = None
untraced = jax.ensure_compile_time_eval


def make(value: Any, trainable: bool, name: str) -> Any:
    """The value itself."""
    return value


def assign(storage: Any, value: Any) -> Any:
    """The new value takes the old one's place.

    Raises:
        StateError: It is known inside a transformation alone, which the variable is not part of.
    """
    if isinstance(value, Tracer) and not isinstance(storage, Tracer):
        raise StateError(
            "Inside a transformation of JAX only variables that went into it are assigned.",
            received=f"a traced value of shape {value.shape} for a variable from outside",
            hint="the model as an argument, as in jax.jit(lambda model, x: model(x)), or model.stateless_call(...)",
        )
    return value


def set_trainable(storage: Any, trainable: bool) -> None:
    """Arrays need not know."""
