"""Draws by NumPy's Philox generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.dtypes.lattice import numpy_dtype

_global = np.random.Generator(np.random.Philox())


def set_seed(seed: int) -> None:
    """Seed the global generator."""
    global _global
    _global = np.random.Generator(np.random.Philox(seed))


def _generator(key: Any) -> np.random.Generator:
    if key is None:
        return _global
    words = np.asarray(key, np.uint64)
    return np.random.Generator(np.random.Philox(key=int(words[0]) << 64 | int(words[1])))


def _floats(dtype: str) -> Any:
    return np.float64 if dtype == "float64" else np.float32


def uniform(key: Any, shape: Sequence[int], dtype: str) -> np.ndarray:
    """Floats in [0, 1)."""
    drawn = _generator(key).random(tuple(shape), _floats(dtype))
    if dtype in ("float16", "bfloat16"):
        # Rounding to 16 bits could reach 1: draw from the grid of the dtype instead.
        bits = 11 if dtype == "float16" else 8
        drawn = np.floor(drawn * 2**bits) / np.float32(2**bits)
    return drawn.astype(numpy_dtype(dtype), copy=False)


def normal(key: Any, shape: Sequence[int], dtype: str) -> np.ndarray:
    """Floats from the standard normal distribution."""
    return _generator(key).standard_normal(tuple(shape), _floats(dtype)).astype(numpy_dtype(dtype), copy=False)


def randint(key: Any, shape: Sequence[int], low: int, high: int, dtype: str) -> np.ndarray:
    """Integers in [low, high)."""
    return _generator(key).integers(low, high, tuple(shape)).astype(numpy_dtype(dtype), copy=False)


def permutation(key: Any, size: int) -> np.ndarray:
    """The integers 0..size-1 in random order."""
    return _generator(key).permutation(size).astype(np.int32)


def dropout(key: Any, x: Any, rate: float, noise_shape: Sequence[int] | None) -> Any:
    """Inverted dropout."""
    kept = _generator(key).random(x.shape if noise_shape is None else tuple(noise_shape), np.float32) >= rate
    return x * (kept * np.asarray(1 / (1 - rate))).astype(x.dtype)
