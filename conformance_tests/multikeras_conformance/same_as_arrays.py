"""Arrays and small models, which every other source of data is compared with."""

from __future__ import annotations

import functools
import threading
import time

import numpy as np

import multikeras as keras
from multikeras import layers, ops
from multikeras.backend import Capability, current

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5]], "float32")).astype("float32")
BATCHES = [(X[i : i + 8], Y[i : i + 8]) for i in range(0, 50, 8)]


def started(make):
    """A model that `make` made, as it was then. It is the same one each time: its steps are compiled once."""
    keras.utils.set_random_seed(3)
    model, weights = _made(make)
    model.set_weights(weights)
    return model


@functools.cache
def _made(make):
    model = make()
    return model, model.get_weights()


def network():
    """A model that starts the same each time."""
    return started(_network)


def _network():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(1)])
    # An optimizer without a state of its own.
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    return model


def by_name():
    """A model with a dict of inputs, of both ranks that a column can have, and a dict of outputs."""
    return started(_by_name)


def _by_name():
    a, b = keras.Input((1,), name="a"), keras.Input((), name="b")
    x = layers.Concatenate()([a, ops.expand_dims(b, -1)])
    model = keras.Model({"a": a, "b": b}, {"sum": layers.Dense(1, name="sum")(x)})
    model.compile("sgd", {"sum": "mse"})
    return model


@functools.cache
def expected():
    """Outputs, evaluation and losses of two epochs from arrays in order: a process tests one backend."""
    model = network()
    outputs, held = model.predict(X, batch_size=8, verbose=0), model.evaluate(X, Y, batch_size=8, verbose=0)
    history = None
    if Capability.GRADIENTS in current().can:
        history = model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    return outputs, held, history


def assert_same_as_arrays(make, y=None, sliced: bool = False) -> None:
    """`fit`, `evaluate` and `predict` give what they give for arrays. `make` makes the data for each of them."""
    outputs, held, history = expected()
    options = {"batch_size": 8} if sliced else {}
    model = network()
    np.testing.assert_allclose(model.predict(make(), verbose=0, **options), outputs, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.evaluate(make(), y, verbose=0, **options), held, rtol=1e-5)
    if history is not None:
        received = model.fit(make(), y, epochs=2, shuffle=False, verbose=0, **options).history
        for name, values in history.items():
            np.testing.assert_allclose(received[name], values, rtol=1e-4)


def own_threads() -> set[str]:
    """The names of the threads that make batches."""
    return {t.name for t in threading.enumerate() if t.name.startswith("multikeras")}


def settled(condition, seconds: float = 5.0) -> bool:
    """Whether something comes true within some time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()
