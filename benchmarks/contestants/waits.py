"""How often an epoch of some seconds, with its bar, waits for the device."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable

import numpy as np

SECONDS = 3.0


def prepare(backend: str, workload: str) -> Callable[[], float]:
    """What trains for an epoch and returns how often it waited in 100 ms: how often core asked for values.

    Args:
        backend: The framework underneath.
        workload: A name of `workloads`.
    """
    os.environ["KERAS_BACKEND"] = backend
    keras = importlib.import_module("multikeras")
    work = importlib.import_module("contestants.workloads").WORKLOADS[workload]
    x, y = work.data()
    model = importlib.import_module("contestants.by_keras_api").compiled(keras, workload, steps_per_execution="auto")
    counted_fetches = importlib.import_module("multikeras.testing.fetches").counted_fetches
    current = importlib.import_module("multikeras.backend").current()

    def epoch(times: int, verbose: int) -> float:
        many = np.tile(x, (times, *[1] * (x.ndim - 1))), np.tile(y, times)
        start = time.perf_counter()
        model.fit(*many, batch_size=work.batch, epochs=1, verbose=verbose)
        return time.perf_counter() - start

    def once() -> float:
        # The first compile, and choose how many steps run in one go.
        spent = min(epoch(1, verbose=0) for _ in range(4))
        with counted_fetches(current) as fetches:
            spent = epoch(max(1, round(SECONDS / spent)), verbose=1)
        return fetches.count / (spent / 0.1)

    return once
