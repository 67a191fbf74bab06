"""How often `fit` waits for the device while its bar is shown."""

from __future__ import annotations

from contestants.workloads import WORKLOADS
from processes import Contestant
from report import Row

# NumPy has no device to wait for, and trains nothing.
BACKENDS = ("torch", "jax", "tensorflow")


def rows(backends: list[str], rounds: int) -> list[Row]:
    """Results that are fetched in 100 ms of `fit`, all at once, beside the one that is allowed."""
    found = []
    for backend in backends:
        for workload in WORKLOADS if backend in BACKENDS else ():
            contestant = Contestant("waits", backend, workload)
            label = f"100 ms of fit, {workload}"
            found.append(Row(label, backend, [contestant.round()], "allowed", [1.0], "waits", most=1.0))
            contestant.close()
    return found
