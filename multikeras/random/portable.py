"""Draws that are bit-identical on every backend: computed on the host, from Threefry words, by NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multikeras.dtypes.lattice import numpy_dtype
from multikeras.random.threefry import fold, words

# Significant bits of each float dtype: uniform draws lie on the grid of multiples of 2**-bits, so that 1 is never
# reached.
_BITS = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}


def _count(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=np.int64))


def _long_words(key: np.ndarray, count: int) -> np.ndarray:
    """`count` uint64 words."""
    pairs = words(key, 2 * count).astype(np.uint64).reshape(-1, 2)
    return pairs[:, 0] << np.uint64(32) | pairs[:, 1]


def uniform(key: np.ndarray, shape: Sequence[int], dtype: str = "float32") -> np.ndarray:
    """Floats in [0, 1)."""
    bits = _BITS[dtype]
    count = _count(shape)
    if bits > 32:
        drawn = (_long_words(key, count) >> np.uint64(64 - bits)).astype(np.float64) * 2.0**-bits
    else:
        drawn = (words(key, count) >> np.uint32(32 - bits)).astype(np.float32) * np.float32(2.0**-bits)
    return drawn.reshape(shape).astype(numpy_dtype(dtype), copy=False)


def _normal(key: np.ndarray, count: int) -> np.ndarray:
    """Standard normal float64s. Source: Box, Muller (1958), "A note on the generation of random normal deviates"."""
    pairs = (count + 1) // 2
    drawn = (words(key, 2 * pairs).reshape(2, pairs) + 0.5) * 2.0**-32
    radius = np.sqrt(-2 * np.log(drawn[0]))
    angle = 2 * np.pi * drawn[1]
    return np.concatenate((radius * np.cos(angle), radius * np.sin(angle)))[:count]


def normal(key: np.ndarray, shape: Sequence[int], dtype: str = "float32") -> np.ndarray:
    """Floats from the standard normal distribution."""
    return _normal(key, _count(shape)).reshape(shape).astype(numpy_dtype(dtype))


def truncated_normal(key: np.ndarray, shape: Sequence[int], dtype: str = "float32") -> np.ndarray:
    """Floats from the standard normal distribution, those beyond 2 drawn again."""
    drawn = _normal(key, _count(shape))
    attempt = 0
    while (beyond := np.abs(drawn) > 2).any():
        attempt += 1
        drawn[beyond] = _normal(fold(key, attempt), int(beyond.sum()))
    return drawn.reshape(shape).astype(numpy_dtype(dtype))


def randint(key: np.ndarray, shape: Sequence[int], low: int, high: int, dtype: str = "int32") -> np.ndarray:
    """Integers in [low, high)."""
    offsets = _long_words(key, _count(shape)) % np.uint64(high - low)
    return (offsets.astype(np.int64) + low).reshape(shape).astype(numpy_dtype(dtype))


def permutation(key: np.ndarray, size: int) -> np.ndarray:
    """The integers 0..size-1 in random order, int32."""
    return np.argsort(_long_words(key, size), kind="stable").astype(np.int32)


def generator(key: np.ndarray) -> np.random.Generator:
    """NumPy's own generator, for distributions that need more than a few words a draw."""
    state = np.asarray(key).astype(np.uint64)
    return np.random.Generator(np.random.Philox(key=int(state[0]) << 64 | int(state[1])))


def orthogonal(key: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """A float64 matrix with orthonormal rows or columns, uniform among those.

    Source: Mezzadri (2007), "How to generate random matrices from the classical compact groups", section 5.
    """
    wide = rows < columns
    square = _normal(key, rows * columns).reshape((columns, rows) if wide else (rows, columns))
    q, r = np.linalg.qr(square)
    q *= np.sign(np.diag(r))
    return q.T if wide else q
