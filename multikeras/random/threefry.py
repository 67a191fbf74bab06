"""Threefry-2x32: the counter-based generator behind everything that is bit-identical on all backends.

Source: Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC11, section 4.2: 20 rounds.
"""

from __future__ import annotations

import numpy as np

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = np.uint32(0x1BD11BDA)


def threefry2x32(key: np.ndarray, counter: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Two words of random bits for each pair of counter words.

    Args:
        key: uint32, shape (2,).
        counter: Two uint32 arrays of one shape.

    Returns:
        Two uint32 arrays of that shape.

    ```python
    >>> zero = np.zeros(1, np.uint32)
    >>> [hex(w[0]) for w in threefry2x32(np.zeros(2, np.uint32), (zero, zero))]
    ['0x6b200159', '0x99ba4efe']

    ```
    """
    k0, k1 = np.uint32(key[0]), np.uint32(key[1])
    schedule = (k0, k1, k0 ^ k1 ^ PARITY)
    with np.errstate(over="ignore"):
        x0 = counter[0] + k0
        x1 = counter[1] + k1
        for group in range(5):
            for rotation in ROTATIONS[group % 2]:
                x0 += x1
                left = x1 << np.uint32(rotation)
                x1 >>= np.uint32(32 - rotation)
                x1 |= left
                x1 ^= x0
            x0 += schedule[(group + 1) % 3]
            x1 += schedule[(group + 2) % 3] + np.uint32(group + 1)
    return x0, x1


def words(key: np.ndarray, count: int) -> np.ndarray:
    """`count` uint32 words: the stream of `key` from counter 0 on."""
    pairs = (count + 1) // 2
    low = np.arange(pairs, dtype=np.uint32)
    high = np.zeros(pairs, np.uint32)
    x0, x1 = threefry2x32(np.asarray(key).astype(np.uint32), (high, low))
    return np.stack((x0, x1), axis=-1).reshape(-1)[:count]


def fold(key: np.ndarray, number: int) -> np.ndarray:
    """Another key, made of `key` and a number."""
    counter = (np.full(1, 0xFFFFFFFF, np.uint32), np.full(1, number, np.uint32))
    x0, x1 = threefry2x32(np.asarray(key).astype(np.uint32), counter)
    return np.array([x0[0], x1[0]], np.uint32)
