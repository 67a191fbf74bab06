"""What every op takes on about a million entries beside Keras's op of the same name on the same backend."""

from __future__ import annotations

from processes import Contestant
from report import Row

# What is within the noise of a shared machine.
MOST = 1.2


def rows(backends: list[str], rounds: int) -> list[Row]:
    """A row for each op that both take the same call of, from the slowest on."""
    found = []
    for backend in backends:
        contestant = Contestant("large_calls", backend, KERAS_BACKEND=backend)
        # A round is the best of several calls each, the first of which is not timed.
        times = [contestant.round() for _ in range(max(1, rounds // 5))]
        contestant.close()
        each = []
        for op, first in times[0].items():
            if isinstance(first, str) or any(op not in t or isinstance(t[op], str) for t in times):
                continue
            ours, theirs = zip(*(t[op] for t in times))
            each.append(Row(f"ops.{op}", backend, list(ours), "Keras", list(theirs), "ms", most_ratio=MOST))
        found += sorted(each, key=lambda row: -row.ratio)
    return found
