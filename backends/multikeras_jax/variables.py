"""Variables: the array itself, replaced when assigned."""

from __future__ import annotations

from typing import Any

import jax
from jax.core import Tracer

read = None


def make(value: Any, trainable: bool, name: str) -> Any:
    """The value itself; a concrete one also where a function is being traced."""
    if isinstance(value, Tracer):
        with jax.ensure_compile_time_eval():
            return value + 0 if value.dtype != bool else value
    return value


def assign(storage: Any, value: Any) -> Any:
    """The new value takes the old one's place."""
    return value


def set_trainable(storage: Any, trainable: bool) -> None:
    """Arrays need not know."""
