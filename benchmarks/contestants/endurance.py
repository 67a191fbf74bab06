"""A thing done again and again with Python's collector switched off: what memory it leaves behind."""

from __future__ import annotations

import gc
import importlib
import os
import pathlib
from collections.abc import Callable
from typing import Any


def prepare(backend: str, what: str) -> Callable[[], float]:
    """What does 100 repetitions and returns the memory that the process holds then, in bytes.

    Args:
        backend: The framework underneath.
        what: "fit", a step of it; "predict", of a batch; "call", of the model on a row; "build", and drop, a model.
    """
    os.environ["KERAS_BACKEND"] = backend
    keras = importlib.import_module("multikeras")
    workloads = importlib.import_module("contestants.by_keras_api")
    x, y = importlib.import_module("contestants.workloads").WORKLOADS["mlp"].data()
    x, y = x[:32], y[:32]
    model = workloads.compiled(keras, "mlp")
    row = keras.ops.convert_to_tensor(x[:1])
    run: dict[str, Callable[[], Any]] = {
        "fit": lambda: model.fit(x, y, batch_size=32, epochs=1, verbose=0),
        "predict": lambda: model.predict(x, batch_size=32, verbose=0),
        "call": lambda: model(row),
        "build": lambda: workloads.compiled(keras, "mlp"),
    }
    gc.collect()
    gc.disable()

    def once() -> float:
        for _ in range(100):
            run[what]()
        return _resident()

    return once


def _resident() -> float:
    return float(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
