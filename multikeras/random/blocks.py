"""Work on many independent entries: in blocks that stay in the processor's cache, on several threads where it pays."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable

# Entries of a block: a few arrays of so many 32-bit words lie in the second level of a cache, and NumPy takes much
# longer for one than calling it does, or than threads take to give each other the interpreter.
BLOCK = 65536

# Entries from which on threads save more than their start takes, and how many threads there are at most: more would
# wait for each other, since each holds the interpreter for some percent of its time.
SHARED = 4 * BLOCK
THREADS = 4


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

    helpers = min(processors(), THREADS) - 1
    if count < SHARED or not helpers:
        take()
        return
    try:
        from concurrent.futures import ThreadPoolExecutor
    except RuntimeError:
        take()  # it cannot be imported at exit
        return
    futures = []
    with ThreadPoolExecutor(helpers) as pool:
        try:
            futures += [pool.submit(take) for _ in range(helpers)]
        except RuntimeError:
            pass  # no threads on this platform, no more of them, or none at exit: this one does the work of all
        take()
    for future in futures:
        future.result()


def processors() -> int:
    """How many processors this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return (os.cpu_count() or 1) if affinity is None else len(affinity(0))
