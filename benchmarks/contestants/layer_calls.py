"""A dense layer of 8 units on 4 rows of 16 numbers: ours, what the framework itself has for it, and Keras's."""

from __future__ import annotations

import importlib
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
from contestants.op_calls import timed_block

import multikeras

BLOCKS = 15
CALLS = 200
ROWS, SIZE, UNITS = 4, 16, 8


def by_hand(backend: str, kernel: np.ndarray, bias: np.ndarray) -> Callable[[Any], Any]:
    """`nn.Linear` on torch, the expression elsewhere."""
    if backend == "numpy":
        return lambda x: x @ kernel + bias
    if backend == "jax":
        jnp = importlib.import_module("jax.numpy")
        w, b = jnp.asarray(kernel), jnp.asarray(bias)
        return lambda x: x @ w + b
    if backend == "torch":
        return importlib.import_module("torch").nn.Linear(SIZE, UNITS)
    tf = importlib.import_module("tensorflow")
    variables = tf.Variable(kernel), tf.Variable(bias)
    return lambda x: tf.matmul(x, variables[0]) + variables[1]


def prepare(backend: str) -> Callable[[], tuple[float, ...]]:
    """Seconds of a call of each of the three: the medians of blocks that alternate."""
    keras = importlib.import_module("keras")
    multikeras.set_backend(backend)
    random = np.random.default_rng(0)
    kernel, bias = random.normal(size=(SIZE, UNITS)).astype("float32"), np.zeros(UNITS, "float32")
    x = multikeras.ops.convert_to_tensor(random.normal(size=(ROWS, SIZE)).astype("float32"))
    called = (multikeras.layers.Dense(UNITS), by_hand(backend, kernel, bias), keras.layers.Dense(UNITS))

    def one_round() -> tuple[float, ...]:
        times = [[timed_block(function, (x,), {}, CALLS) for function in called] for _ in range(BLOCKS)]
        return tuple(statistics.median(column) for column in zip(*times))

    return one_round
