"""Draws by `tf.random`: stateless ones from a key, else from the global generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from multikeras_tensorflow.tensors import native_dtype


def set_seed(seed: int) -> None:
    """Seed the global generator."""
    tf.random.set_seed(seed)


def _seed(key: Any) -> Any:
    return tf.bitcast(key, tf.int32)


def _shape(shape: Sequence[Any]) -> Any:
    return tf.stack(list(shape)) if any(tf.is_tensor(s) for s in shape) else tuple(shape)


def uniform(key: Any, shape: Sequence[int], dtype: str) -> Any:
    """Floats in [0, 1)."""
    if key is None:
        return tf.random.uniform(_shape(shape), dtype=native_dtype(dtype))
    return tf.random.stateless_uniform(_shape(shape), _seed(key), dtype=native_dtype(dtype))


def normal(key: Any, shape: Sequence[int], dtype: str) -> Any:
    """Floats from the standard normal distribution."""
    if key is None:
        return tf.random.normal(_shape(shape), dtype=native_dtype(dtype))
    return tf.random.stateless_normal(_shape(shape), _seed(key), dtype=native_dtype(dtype))


def randint(key: Any, shape: Sequence[int], low: int, high: int, dtype: str) -> Any:
    """Integers in [low, high)."""
    wide = tf.constant(low, tf.int64), tf.constant(high, tf.int64)
    if key is None:
        drawn = tf.random.uniform(_shape(shape), *wide, dtype=tf.int64)
    else:
        drawn = tf.random.stateless_uniform(_shape(shape), _seed(key), *wide, dtype=tf.int64)
    return tf.cast(drawn, native_dtype(dtype))


def permutation(key: Any, size: int) -> Any:
    """The integers 0..size-1 in random order."""
    if key is None:
        return tf.random.shuffle(tf.range(size, dtype=tf.int32))
    return tf.random.experimental.stateless_shuffle(  # type: ignore[attr-defined]
        tf.range(size, dtype=tf.int32), _seed(key)
    )


def dropout(key: Any, x: Any, rate: float, noise_shape: Sequence[int] | None) -> Any:
    """Inverted dropout."""
    if key is None:
        return tf.nn.dropout(x, rate, noise_shape=None if noise_shape is None else _shape(noise_shape))
    return tf.nn.experimental.stateless_dropout(
        x, rate, _seed(key), noise_shape=None if noise_shape is None else _shape(noise_shape), rng_alg="auto_select"
    )
