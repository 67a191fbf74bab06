"""Draws on the host: the same numbers in blocks, on threads and all at once."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from multikeras.random import blocks, portable
from multikeras.random.threefry import fold, words

HOST_DRAWS = {
    "words": lambda key, count: words(key, count),
    **{
        f"{draw.__name__}-{dtype}": functools.partial(
            lambda key, count, draw, dtype: draw(key, (count,), dtype, halve), draw=draw, dtype=dtype
        )
        for draw in (portable.uniform, portable.normal, portable.truncated_normal)
        for dtype in ("float16", "float32", "float64")
    },
    "randint": lambda key, count: portable.randint(key, (count,), -5, 1000),
    "permutation": portable.permutation,
}


def halve(block: np.ndarray) -> None:
    block *= 0.5


@pytest.mark.parametrize("count", [1, 64, 1001])
@pytest.mark.parametrize("draw", HOST_DRAWS.values(), ids=HOST_DRAWS)
def test_large_host_draws_are_those_of_one_block(draw, count, monkeypatch) -> None:
    """Blocks and threads change no number."""
    key = np.array([5, 6], np.uint32)
    expected = draw(key, count)
    for size, shared in ((16, 1 << 30), (6, 0)):
        monkeypatch.setattr(blocks, "BLOCK", size)
        monkeypatch.setattr(blocks, "SHARED", shared)
        monkeypatch.setattr(blocks, "processors", lambda: 3)
        np.testing.assert_array_equal(draw(key, count), expected)


def test_draws_from_words_follow_their_formulas() -> None:
    """Each entry of a draw that fills more than a block, from the words of its place."""
    key = np.array([5, 6], np.uint32)
    count = 2 * blocks.BLOCK + 5
    drawn = words(key, count + 1).astype(np.float64)
    uniform = np.floor(drawn[:count] / 2**8) / 2**24
    np.testing.assert_array_equal(portable.uniform(key, (count,)), uniform.astype(np.float32))
    radius, angle = (drawn.reshape(2, -1) + 0.5) / 2**32
    radius, angle = np.sqrt(-2 * np.log(radius)), 2 * np.pi * angle
    normal = np.concatenate((radius * np.cos(angle), radius * np.sin(angle)))[:count]
    np.testing.assert_allclose(portable.normal(key, (count,), "float64"), normal, rtol=1e-12, atol=1e-13)
    truncated = portable.truncated_normal(key, (count,), "float64")
    kept = np.abs(normal) <= 2
    np.testing.assert_allclose(truncated[kept], normal[kept], rtol=1e-12, atol=1e-13)
    again = portable.normal(fold(key, 1), (int((~kept).sum()),), "float64")
    np.testing.assert_array_equal(truncated[~kept][np.abs(again) <= 2], again[np.abs(again) <= 2])
    assert np.abs(truncated).max() <= 2


@pytest.mark.parametrize("helped", [False, True])
def test_failure_in_one_block_is_raised(helped, monkeypatch) -> None:
    """Wherever it ran."""
    monkeypatch.setattr(blocks, "BLOCK", 2)
    monkeypatch.setattr(blocks, "SHARED", 0 if helped else 1 << 30)
    monkeypatch.setattr(blocks, "processors", lambda: 3)

    def work(start: int, stop: int) -> None:
        if start == 6:
            raise MemoryError(f"{start}..{stop}")

    with pytest.raises(MemoryError, match=r"6\.\.8"):
        blocks.in_blocks(20, work)
