"""Draws: by core's portable generator, since NumPy's own takes no key.

`Capability.GLOBAL_RANDOM` is not claimed, so every draw comes with a key, and there is no global state to seed.
"""

from collections.abc import Sequence
from typing import Any

from multikeras.random.portable import normal, permutation, randint, uniform

__all__ = ["dropout", "normal", "permutation", "randint", "set_seed", "uniform"]


def set_seed(seed: int) -> None:
    """There is no global generator."""


def dropout(key: Any, x: Any, rate: float, noise_shape: Sequence[int] | None) -> Any:
    """`x` with entries dropped at `rate`, the others divided by `1 - rate`."""
    kept = uniform(key, x.shape if noise_shape is None else noise_shape) >= rate
    return x * (kept / (1 - rate)).astype(x.dtype)
