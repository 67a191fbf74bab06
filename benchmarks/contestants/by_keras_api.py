"""The workloads in the Keras API, run by multikeras or by Keras itself."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

from contestants.timing import each, first, memory
from contestants.workloads import CLASSES, TOKENS, WORKLOADS


def mlp(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(CLASSES),
        ]
    )


def cnn(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(CLASSES),
        ]
    )


def lstm(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([keras.Input((40, 32)), layers.LSTM(64), layers.Dense(CLASSES)])


def place_embedding(keras: Any) -> Any:
    """A layer that adds a learned vector to each of 64 places."""

    class PlaceEmbedding(keras.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.places = self.add_weight(shape=(64, 128), initializer="random_normal", name="places")

        def call(self, x: Any) -> Any:
            return x + self.places

    return PlaceEmbedding()


def transformer(keras: Any) -> Any:
    layers = keras.layers
    tokens = keras.Input((64,), dtype="int32")
    x = place_embedding(keras)(layers.Embedding(TOKENS, 128)(tokens))
    for _ in range(4):
        h = layers.LayerNormalization(epsilon=1e-5)(x)
        x = x + layers.MultiHeadAttention(4, 32)(h, h)
        h = layers.LayerNormalization(epsilon=1e-5)(x)
        x = x + layers.Dense(128)(layers.Dense(512, activation="gelu")(h))
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization(epsilon=1e-5)(x))
    return keras.Model(tokens, layers.Dense(CLASSES)(x))


NETWORKS: dict[str, Callable[[Any], Any]] = {"mlp": mlp, "cnn": cnn, "lstm": lstm, "transformer": transformer}


def compiled(keras: Any, name: str, **options: Any) -> Any:
    """The network, ready to be trained."""
    model = NETWORKS[name](keras)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], **options)
    return model


def prepare(library: str, backend: str, measure: str, name: str, option: str = "") -> Callable[[], float]:
    """What times one round.

    Args:
        library: "multikeras" or "keras".
        backend: The framework underneath.
        measure: "fit", "predict", "row", "first" or "memory".
        name: The workload.
        option: Of `compile`, as "name=value".
    """
    os.environ["KERAS_BACKEND"] = backend
    keras = importlib.import_module(library)
    if keras.config.backend() != backend:
        raise RuntimeError(f"{library} runs on {keras.config.backend()}, {backend} was asked for")
    workload = WORKLOADS[name]
    x, y = workload.data()
    options: dict[str, Any] = {}
    if option:
        key, value = option.split("=")
        options[key] = int(value) if value.isdigit() else {"True": True, "False": False}.get(value, value)

    def train(model: Any, count: int) -> None:
        size = count * workload.batch
        model.fit(x[:size], y[:size], batch_size=workload.batch, epochs=1, verbose=0)

    # Importing the framework, and whatever of the library comes later, is a measure of its own.
    row = keras.ops.convert_to_tensor(x[:1])
    _ = keras.layers, keras.losses, keras.optimizers, keras.metrics, keras.callbacks, keras.models
    if measure == "first":
        return first(lambda: train(compiled(keras, name, **options), 1))
    model = compiled(keras, name, **options)
    if measure == "memory":
        train(model, 1)
        return memory(lambda: train(model, workload.steps))
    if measure == "fit":
        return each(lambda: train(model, workload.steps), workload.steps)
    if measure == "predict":
        return each(lambda: model.predict(x, batch_size=workload.batch, verbose=0), workload.steps)
    return each(lambda: [model(row) for _ in range(50)], 50)
