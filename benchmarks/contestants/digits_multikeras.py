"""The main job's network, trained by `fit`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from contestants.digits_data import BATCH, load, starts


def network(keras: Any) -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 16),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.25),
            keras.layers.Dense(10),
        ]
    )


def rounds_of(keras: Any) -> Callable[[], float]:
    x, y = load()
    model = network(keras)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])

    def epoch() -> float:
        start = time.perf_counter()
        model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)
        return (time.perf_counter() - start) / len(starts(len(x)))

    return epoch


def prepare(backend: str) -> Callable[[], float]:
    import multikeras as keras

    keras.set_backend(backend)
    return rounds_of(keras)
