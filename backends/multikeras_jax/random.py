"""Draws by `jax.random`, from explicit keys alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from multikeras_jax.tensors import native_dtype


def set_seed(seed: int) -> None:
    """JAX has no global generator; core's takes its seed from Python's."""


def _key(key: Any) -> Any:
    return jax.random.wrap_key_data(key, impl="threefry2x32")


def uniform(key: Any, shape: Sequence[int], dtype: str) -> jax.Array:
    """Floats in [0, 1)."""
    return jax.random.uniform(_key(key), tuple(shape), native_dtype(dtype))


def normal(key: Any, shape: Sequence[int], dtype: str) -> jax.Array:
    """Floats from the standard normal distribution."""
    return jax.random.normal(_key(key), tuple(shape), native_dtype(dtype))


def randint(key: Any, shape: Sequence[int], low: int, high: int, dtype: str) -> jax.Array:
    """Integers in [low, high)."""
    return jax.random.randint(_key(key), tuple(shape), low, high, native_dtype(dtype))


def permutation(key: Any, size: int) -> jax.Array:
    """The integers 0..size-1 in random order."""
    return jax.random.permutation(_key(key), jnp.arange(size, dtype=jnp.int32))


def dropout(key: Any, x: Any, rate: float, noise_shape: Sequence[int] | None) -> jax.Array:
    """Inverted dropout."""
    if rate >= 1:
        return jnp.zeros_like(x)
    shape = x.shape if noise_shape is None else tuple(noise_shape)
    kept = jax.random.bernoulli(_key(key), 1 - rate, shape)
    return jnp.where(kept, x / jnp.asarray(1 - rate, x.dtype), jnp.zeros((), x.dtype))
