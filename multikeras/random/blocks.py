"""Work on many independent entries: in blocks that stay in the processor's cache, on several threads where it pays."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable

# Entries of a block: a few arrays of so many 32-bit words lie in the second level of a cache, and NumPy takes much
# longer for one than calling it does, or than threads take to give each other the interpreter.
BLOCK = 65536

# Entries from which on threads save more than their start takes, and how many threads there are at most.
SHARED = 4 * BLOCK
THREADS = 8


def in_blocks(count: int, work: Callable[[int, int], None]) -> None:
    """Call `work(start, stop)` for blocks that together are 0..count, in any order, several at the same time.

    NumPy lets other threads run while it computes. What `work` does for one block must not depend on another one.
    """
    pending = deque(range(0, count, BLOCK))

    def take() -> None:
        while True:
            try:
                start = pending.popleft()
            except IndexError:
                return
            work(start, min(start + BLOCK, count))

    if count < SHARED:
        take()
        return
    from concurrent.futures import ThreadPoolExecutor

    helpers = []
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            helpers += [pool.submit(take) for _ in range(min(processors(), THREADS) - 1)]
        except RuntimeError:
            pass  # no threads here, or no more of them: this one does the work of all
        take()
    for helper in helpers:
        helper.result()


def processors() -> int:
    """How many processors this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return (os.cpu_count() or 1) if affinity is None else len(affinity(0))
