"""Threefry-2x32: the counter-based generator behind everything that is bit-identical on all backends.

Source: Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC11, section 4.2: 20 rounds.
"""

from __future__ import annotations

import numpy as np

from multikeras.random.blocks import in_blocks

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA


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
    x0, x1 = counter[0].copy(), counter[1].copy()
    _scramble(key, x0, x1)
    return x0, x1


def _scramble(key: np.ndarray, x0: np.ndarray, x1: np.ndarray) -> None:
    """Turn counters into words of random bits, in place."""
    k0, k1 = np.asarray(key).astype(np.uint32).tolist()
    schedule = (k0, k1, k0 ^ k1 ^ PARITY)
    left = np.empty_like(x1)
    np.add(x0, np.uint32(k0), out=x0)
    np.add(x1, np.uint32(k1), out=x1)
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            np.add(x0, x1, out=x0)
            np.left_shift(x1, np.uint32(rotation), out=left)
            np.right_shift(x1, np.uint32(32 - rotation), out=x1)
            np.bitwise_or(x1, left, out=x1)
            np.bitwise_xor(x1, x0, out=x1)
        np.add(x0, np.uint32(schedule[(group + 1) % 3]), out=x0)
        np.add(x1, np.uint32(schedule[(group + 2) % 3] + group + 1 & 0xFFFFFFFF), out=x1)


def pairs_between(key: np.ndarray, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    """The first and the second words of the counters from `start` up to `stop`: two new uint32 arrays."""
    x0, x1 = np.zeros(stop - start, np.uint32), np.arange(start, stop, dtype=np.uint32)
    _scramble(key, x0, x1)
    return x0, x1


def words_between(key: np.ndarray, start: int, stop: int) -> np.ndarray:
    """The words `start` up to `stop` of the stream of `key`, uint32."""
    first = start // 2
    pairs = np.stack(pairs_between(key, first, (stop + 1) // 2), axis=-1)
    return pairs.reshape(-1)[start - 2 * first : stop - 2 * first]


def words(key: np.ndarray, count: int) -> np.ndarray:
    """`count` uint32 words: the stream of `key` from counter 0 on."""
    pairs = np.empty(((count + 1) // 2, 2), np.uint32)

    def fill(start: int, stop: int) -> None:
        np.stack(pairs_between(key, start, stop), axis=-1, out=pairs[start:stop])

    in_blocks(len(pairs), fill)
    return pairs.reshape(-1)[:count]


def fold(key: np.ndarray, number: int) -> np.ndarray:
    """Another key, made of `key` and a number."""
    counter = (np.full(1, 0xFFFFFFFF, np.uint32), np.full(1, number, np.uint32))
    x0, x1 = threefry2x32(key, counter)
    return np.array([x0[0], x1[0]], np.uint32)
