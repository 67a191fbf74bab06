"""A training step of the main job's network: `fit` beside a loop written by hand in the framework."""

from __future__ import annotations

from processes import Contestant, alternate
from report import Row

WHAT = "fit step, digits CNN, batch 32"


def rows(backends: list[str], rounds: int) -> list[Row]:
    found = []
    for backend in backends:
        if backend == "numpy":
            # Nobody writes that loop in NumPy; the measure is our own on torch.
            peers = {
                "ours": Contestant("digits_multikeras", "numpy"),
                "theirs": Contestant("digits_multikeras", "torch"),
            }
            times = alternate(peers, rounds)
            found.append(Row(WHAT, backend, times["ours"], "fit on torch", times["theirs"], "ms", most_ratio=5.0))
            continue
        peers = {
            "ours": Contestant("digits_multikeras", backend),
            "theirs": Contestant(f"digits_{backend}"),
            "keras": Contestant("digits_keras", backend, KERAS_BACKEND=backend),
        }
        times = alternate(peers, rounds)
        found.append(Row(WHAT, backend, times["ours"], "by hand", times["theirs"], "ms", most_ratio=1.3))
        found.append(Row(WHAT, backend, times["ours"], "Keras fit", times["keras"], "ms"))
    return found
