"""Building and saving large models, by multikeras or by Keras itself."""

from __future__ import annotations

import importlib
import os
import pathlib
import tempfile
import time
from collections.abc import Callable
from typing import Any


def deep(keras: Any) -> Any:
    """A graph of 200 layers."""
    layers = keras.layers
    x = inputs = keras.Input((32,))
    for _ in range(100):
        x = layers.Dropout(0.1)(layers.Dense(32, activation="relu")(x))
    return keras.Model(inputs, x)


def resnet50(keras: Any) -> Any:
    """The layers of ResNet50 (He et al. 2015), 25.6 million parameters."""
    layers = keras.layers

    def unit(x: Any, filters: int, size: int, strides: int, activation: str | None = "relu") -> Any:
        x = layers.Conv2D(filters, size, strides=strides, padding="same")(x)
        x = layers.BatchNormalization()(x)
        return x if activation is None else layers.Activation(activation)(x)

    x = inputs = keras.Input((224, 224, 3))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(unit(x, 64, 7, 2))
    for filters, blocks, strides in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            step = strides if block == 0 else 1
            shortcut = unit(x, 4 * filters, 1, step, None) if block == 0 else x
            x = unit(unit(x, filters, 1, step), filters, 3, 1)
            x = layers.Activation("relu")(layers.Add()([shortcut, unit(x, 4 * filters, 1, 1, None)]))
    return keras.Model(inputs, layers.Dense(1000)(layers.GlobalAveragePooling2D()(x)))


def prepare(library: str, backend: str, measure: str, name: str) -> Callable[[], float]:
    """What times one round.

    Args:
        library: "multikeras" or "keras".
        backend: The framework underneath.
        measure: "build" or "save".
        name: "deep" or "resnet50".
    """
    os.environ["KERAS_BACKEND"] = backend
    keras = importlib.import_module(library)
    make = {"deep": deep, "resnet50": resnet50}[name]
    folder = tempfile.TemporaryDirectory()
    path = pathlib.Path(folder.name) / "model.keras"
    model = make(keras)

    def build() -> float:
        start = time.perf_counter()
        make(keras)
        return time.perf_counter() - start

    def save(folder: Any = folder) -> float:
        start = time.perf_counter()
        model.save(path)
        return time.perf_counter() - start

    return build if measure == "build" else save
