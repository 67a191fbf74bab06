"""What every op costs over the native implementation that it comes to, on small tensors, in one process, in alternating
blocks."""

from __future__ import annotations

import statistics

from processes import Contestant, alternate
from report import Row

MOST = {"numpy": 1.0e-6, "torch": 1.0e-6, "jax": 2.0e-6, "tensorflow": 2.0e-6}
WORST = 10


def rows(backends: list[str], rounds: int) -> list[Row]:
    """The median over all ops, which has the target, and the ops that are furthest from it."""
    found = []
    for backend in backends:
        times = alternate({"ops": Contestant("op_calls", backend)}, rounds)["ops"]
        each = []
        for op in times[0]:
            ours, theirs = zip(*(t[op] for t in times))
            each.append(Row(f"ops.{op}", backend, list(ours), "native", list(theirs), "us"))
        each.sort(key=lambda row: -row.difference)
        medians = [(statistics.median(row.ours), statistics.median(row.theirs)) for row in each]
        ours, theirs = zip(*medians)
        label = f"median of {len(each)} ops"
        found.append(Row(label, backend, list(ours), "native", list(theirs), "us", most_difference=MOST[backend]))
        found += each[:WORST]
    return found
