"""Ops and the native calls that they come to, on small tensors."""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable

import numpy as np

import multikeras as keras

CALLS = 400
BLOCKS = 9


def native_calls(backend: str) -> dict[str, Callable]:
    if backend == "torch":
        torch = importlib.import_module("torch")
        return {"add": torch.add, "matmul": torch.matmul, "relu": torch.relu, "sum": torch.sum}
    if backend == "jax":
        jax = importlib.import_module("jax")
        jnp = jax.numpy
        return {"add": jnp.add, "matmul": jnp.matmul, "relu": lambda x: jnp.maximum(x, 0), "sum": jnp.sum}
    if backend == "tensorflow":
        tf = importlib.import_module("tensorflow")
        return {"add": tf.add, "matmul": tf.matmul, "relu": tf.nn.relu, "sum": tf.reduce_sum}
    return {"add": np.add, "matmul": np.matmul, "relu": lambda x: np.maximum(x, 0), "sum": np.sum}


def prepare(backend: str, *ops: str) -> Callable[[], dict[str, tuple[float, float]]]:
    keras.set_backend(backend)
    generator = np.random.default_rng(0)
    x, y = (keras.ops.convert_to_tensor(generator.normal(size=(8, 8)).astype("float32")) for _ in range(2))
    arguments = {"add": (x, y), "matmul": (x, y), "relu": (x,), "sum": (x,)}
    native = native_calls(backend)
    pairs = {name: (getattr(keras.ops, name), native[name], arguments[name]) for name in ops}

    def block(call: Callable, args: tuple) -> float:
        start = time.perf_counter()
        for _ in range(CALLS):
            call(*args)
        return (time.perf_counter() - start) / CALLS

    def one_round() -> dict[str, tuple[float, float]]:
        result = {}
        for name, (ours, theirs, args) in pairs.items():
            times = [(block(ours, args), block(theirs, args)) for _ in range(BLOCKS)]
            result[name] = tuple(statistics.median(column) for column in zip(*times))
        return result

    return one_round
