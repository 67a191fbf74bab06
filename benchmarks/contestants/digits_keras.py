"""The main job's network, trained by the `fit` of Keras itself."""

from __future__ import annotations

from collections.abc import Callable

from contestants.digits_multikeras import rounds_of


def prepare(backend: str) -> Callable[[], float]:
    import keras

    if keras.backend.backend() != backend:
        raise RuntimeError(f"Keras runs on {keras.backend.backend()}, {backend} was asked for")
    return rounds_of(keras)
