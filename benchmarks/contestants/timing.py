"""How a round is timed."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

# Between its rounds a process sleeps, and its caches and threads with it: the first run of a round is not timed if it
# takes fewer seconds than these, and others are until they take as many.
_ENOUGH = 0.1


def each(run: Callable[[], Any], count: int) -> Callable[[], float]:
    """Seconds that `run` takes for each of the `count` things that it does."""

    def timed() -> float:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    def once() -> float:
        spent = timed()
        if spent < _ENOUGH:
            repeats = int(_ENOUGH / spent)
            spent = sum(timed() for _ in range(repeats)) / repeats
        return spent / count

    return once


def first(run: Callable[[], Any]) -> Callable[[], float]:
    """Seconds of the first call in the process; every further round repeats them."""
    found: list[float] = []

    def once() -> float:
        if not found:
            start = time.perf_counter()
            run()
            found.append(time.perf_counter() - start)
        return found[0]

    return once


def memory(run: Callable[[], Any]) -> Callable[[], float]:
    """The most memory that the process has held so far, in bytes, after `run`."""

    def once() -> float:
        run()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0

    return once
