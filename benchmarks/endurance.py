"""Memory after many repetitions with Python's collector switched off."""

from __future__ import annotations

from processes import Contestant
from report import Row

# Hundreds of repetitions. What compilers and allocators set up comes within the first ones.
BEFORE = 2
AFTER = 12

WHAT = {"fit": "fit step", "predict": "predict", "call": "model(x)", "build": "model built and dropped"}


def rows(backends: list[str], rounds: int) -> list[Row]:
    """What the process holds after 1,200 repetitions beside what it held after 200."""
    found = []
    for backend in backends:
        for what, name in WHAT.items():
            contestant = Contestant("endurance", backend, what)
            held = [contestant.round() for _ in range(AFTER)]
            contestant.close()
            label = f"memory after 1,200 x {name}"
            found.append(Row(label, backend, [held[-1]], "after 200", [held[BEFORE - 1]], "MB", most_difference=2e6))
    return found
