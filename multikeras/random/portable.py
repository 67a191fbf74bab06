"""Draws that are bit-identical on every backend: computed on the host, from Threefry words, by NumPy alone.

Floats are drawn in blocks. `finish`, where it is given, is called with each block, in its dtype, and changes it in
place while it is in the processor's cache; it treats every entry alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras.dtypes.lattice import numpy_dtype
from multikeras.random.blocks import in_blocks
from multikeras.random.threefry import fold, pairs_between, words_between

# Significant bits of each float dtype: uniform draws lie on the grid of multiples of 2**-bits, so that 1 is never
# reached.
_BITS = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}

Finish = Callable[[np.ndarray], Any]


def _count(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=np.int64))


def _long_words(x0: np.ndarray, x1: np.ndarray) -> np.ndarray:
    """uint64 words of pairs of words."""
    return x0.astype(np.uint64) << np.uint64(32) | x1


def _all_long_words(key: np.ndarray, count: int) -> np.ndarray:
    """`count` uint64 words."""
    drawn = np.empty(count, np.uint64)

    def fill(start: int, stop: int) -> None:
        drawn[start:stop] = _long_words(*pairs_between(key, start, stop))

    in_blocks(count, fill)
    return drawn


def uniform(key: np.ndarray, shape: Sequence[int], dtype: str = "float32", finish: Finish | None = None) -> np.ndarray:
    """Floats in [0, 1)."""
    bits = _BITS[dtype]
    count = _count(shape)
    drawn = np.empty(count, numpy_dtype(dtype))

    def put(block: np.ndarray, place: np.ndarray) -> None:
        block = block.astype(place.dtype, copy=False)
        if finish is not None:
            finish(block)
        place[...] = block[: len(place)]

    def long(start: int, stop: int) -> None:
        block = (_long_words(*pairs_between(key, start, stop)) >> np.uint64(64 - bits)).astype(np.float64)
        block *= 2.0**-bits
        put(block, drawn[start:stop])

    def short(start: int, stop: int) -> None:
        for lane, block in enumerate(pairs_between(key, start, stop)):
            block >>= np.uint32(32 - bits)
            # Below 2**31 these are the same numbers as signed ones, which processors convert in one instruction.
            floats = block.view(np.int32).astype(np.float32)
            floats *= np.float32(2.0**-bits)
            put(floats, drawn[2 * start + lane : 2 * stop : 2])

    if bits > 32:
        in_blocks(count, long)
    else:
        in_blocks((count + 1) // 2, short)
    return drawn.reshape(shape)


def _normal(key: np.ndarray, count: int, put: Callable[[int, np.ndarray], None]) -> None:
    """Call `put(place, block)` with blocks of standard normal float64s.

    Source: Box, Muller (1958), "A note on the generation of random normal deviates".
    """
    pairs = (count + 1) // 2

    def work(start: int, stop: int) -> None:
        radius = (words_between(key, start, stop) + 0.5) * 2.0**-32
        np.log(radius, out=radius)
        radius *= -2
        np.sqrt(radius, out=radius)
        angle = (words_between(key, pairs + start, pairs + stop) + 0.5) * 2.0**-32
        angle *= 2 * np.pi
        put(start, radius * np.cos(angle))
        np.sin(angle, out=angle)
        angle *= radius
        put(pairs + start, angle[: count - pairs - start])

    in_blocks(pairs, work)


def _all_normal(key: np.ndarray, count: int) -> np.ndarray:
    """`count` standard normal float64s."""
    return normal(key, (count,), "float64")


def normal(key: np.ndarray, shape: Sequence[int], dtype: str = "float32", finish: Finish | None = None) -> np.ndarray:
    """Floats from the standard normal distribution."""
    count = _count(shape)
    drawn = np.empty(count, numpy_dtype(dtype))

    def put(place: int, block: np.ndarray) -> None:
        block = block.astype(drawn.dtype, copy=False)
        if finish is not None:
            finish(block)
        drawn[place : place + len(block)] = block

    _normal(key, count, put)
    return drawn.reshape(shape)


def truncated_normal(
    key: np.ndarray, shape: Sequence[int], dtype: str = "float32", finish: Finish | None = None
) -> np.ndarray:
    """Floats from the standard normal distribution, those beyond 2 drawn again."""
    count = _count(shape)
    drawn = np.empty(count, numpy_dtype(dtype))
    places_beyond: dict[int, np.ndarray] = {}

    def finished(block: np.ndarray) -> np.ndarray:
        block = block.astype(drawn.dtype)
        if finish is not None:
            finish(block)
        return block

    def put(place: int, block: np.ndarray) -> None:
        places_beyond[place] = np.flatnonzero(np.abs(block) > 2) + place
        drawn[place : place + len(block)] = finished(block)

    _normal(key, count, put)
    # The second draws are given out in the order of places, whatever the order of blocks.
    beyond = np.concatenate([places_beyond[place] for place in sorted(places_beyond)] or [np.empty(0, np.intp)])
    attempt = 0
    while beyond.size:
        attempt += 1
        again = _all_normal(fold(key, attempt), beyond.size)
        drawn[beyond] = finished(again)
        beyond = beyond[np.abs(again) > 2]
    return drawn.reshape(shape)


def randint(key: np.ndarray, shape: Sequence[int], low: int, high: int, dtype: str = "int32") -> np.ndarray:
    """Integers in [low, high)."""
    offsets = _all_long_words(key, _count(shape)) % np.uint64(high - low)
    return (offsets.astype(np.int64) + low).reshape(shape).astype(numpy_dtype(dtype))


def permutation(key: np.ndarray, size: int) -> np.ndarray:
    """The integers 0..size-1 in random order, int32."""
    return np.argsort(_all_long_words(key, size), kind="stable").astype(np.int32)


def generator(key: np.ndarray) -> np.random.Generator:
    """NumPy's own generator, for distributions that need more than a few words a draw."""
    state = np.asarray(key).astype(np.uint64)
    return np.random.Generator(np.random.Philox(key=int(state[0]) << 64 | int(state[1])))


def orthogonal(key: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """A float64 matrix with orthonormal rows or columns, uniform among those.

    Source: Mezzadri (2007), "How to generate random matrices from the classical compact groups", section 5.
    """
    wide = rows < columns
    square = _all_normal(key, rows * columns).reshape((columns, rows) if wide else (rows, columns))
    q, r = np.linalg.qr(square)
    q *= np.sign(np.diag(r))
    return q.T if wide else q
