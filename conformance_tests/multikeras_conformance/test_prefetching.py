"""Batches that are made ahead of time."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from multikeras.backend import Capability, current
from multikeras.errors import ArgumentError
from multikeras.training.prefetch import Prefetcher
from multikeras_conformance.same_as_arrays import (
    BATCHES,
    expected,
    network,
    own_threads,
    settled,
)


def test_prefetched_items_come_in_order_ahead_of_time() -> None:
    """No more than `size` of them wait."""
    made_so_far = []

    def generate():
        for i in range(10):
            made_so_far.append(i)
            yield i

    with Prefetcher(generate(), 3) as items:
        assert settled(lambda: len(made_so_far) == 4)
        time.sleep(0.05)
        assert len(made_so_far) == 4, "three wait, one is about to"
        assert list(items) == list(range(10))
        assert list(items) == []
    assert settled(lambda: own_threads() == set())


def test_error_of_prefetched_items_comes_in_its_place() -> None:
    """After the items before it, with the batch in a note; then there are no more."""

    def generate():
        yield from "abc"
        raise OSError("connection lost")

    items = Prefetcher(generate(), 8)
    assert [next(items) for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(OSError, match="connection lost") as caught:
        next(items)
    assert any("while batch 3 of the epoch was made" in note for note in caught.value.__notes__)
    assert list(items) == []
    assert settled(lambda: own_threads() == set())

    class Broken:
        def __iter__(self):
            raise ValueError("no such file")

    with pytest.raises(ValueError, match="no such file"):
        next(Prefetcher(Broken(), 1))


@pytest.mark.parametrize("drop", [False, True])
def test_prefetching_ends_with_a_consumer_that_stops(drop: bool) -> None:
    """The thread ends, and what it read is closed, whether the iterator is closed or forgotten."""
    closed = threading.Event()

    def generate():
        try:
            while True:
                yield np.zeros(10)
        finally:
            closed.set()

    items = Prefetcher(generate(), 2)
    next(items)
    if drop:
        del items
    else:
        items.close()
        items.close()
    assert closed.wait(5)
    assert settled(lambda: own_threads() == set())


def test_closing_does_not_wait_for_a_source_that_hangs() -> None:
    """A source at work on an item may take as long as it likes."""
    release = threading.Event()

    def generate():
        yield 0
        release.wait(60)

    items = Prefetcher(generate(), 1)
    assert next(items) == 0
    start = time.monotonic()
    items.close()
    assert time.monotonic() - start < 10
    assert list(items) == []
    release.set()
    assert settled(lambda: own_threads() == set())


def test_prefetched_items_are_made_on_the_backend_of_the_consumer() -> None:
    """A thread of its own would have the default backend."""
    backend = current()
    (found,) = list(Prefetcher((current() for _ in range(1)), 1))
    assert found is backend
    with pytest.raises(ArgumentError, match="`size`"):
        Prefetcher([], 0)


def test_prefetched_batches_train_the_same() -> None:
    """A source read through a prefetcher."""
    if Capability.GRADIENTS not in current().can:
        return
    history = network().fit(Prefetcher(iter(BATCHES * 2), 2), steps_per_epoch=7, epochs=2, verbose=0).history
    for name, values in (expected()[2] or {}).items():
        np.testing.assert_allclose(history[name], values, rtol=1e-4)
