"""The workloads in plain JAX, with a jitted step written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from contestants.timing import each, first, memory
from contestants.workloads import CLASSES, TOKENS, WORKLOADS, epochs
from jax import lax

Weights = Any


def dense(w: Weights, x: Any) -> Any:
    return x @ w["w"] + w["b"]


def norm(w: Weights, x: Any) -> Any:
    mean = x.mean(-1, keepdims=True)
    variance = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-5) * w["w"] + w["b"]


def mlp(w: Weights, x: Any, key: Any) -> Any:
    return dense(w["3"], jax.nn.relu(dense(w["2"], jax.nn.relu(dense(w["1"], x)))))


def convolution(w: Weights, x: Any) -> Any:
    out = lax.conv_general_dilated(x, w["w"], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    out = jax.nn.relu(out + w["b"])
    return lax.reduce_window(out, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def dropout(x: Any, rate: float, key: Any) -> Any:
    return x if key is None else jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def cnn(w: Weights, x: Any, key: Any) -> Any:
    one, two = (None, None) if key is None else jax.random.split(key)
    x = convolution(w["2"], convolution(w["1"], x))
    x = dropout(x.reshape(len(x), -1), 0.25, one)
    return dense(w["4"], dropout(jax.nn.relu(dense(w["3"], x)), 0.5, two))


def lstm(w: Weights, x: Any, key: Any) -> Any:
    inputs = jnp.swapaxes(dense(w["1"], x), 0, 1)

    def step(carry: Any, z: Any) -> Any:
        h, c = carry
        i, f, g, o = jnp.split(z + h @ w["1"]["u"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((len(x), 64))
    (h, _), _ = lax.scan(step, (zeros, zeros), inputs)
    return dense(w["2"], h)


def transformer(w: Weights, x: Any, key: Any) -> Any:
    x = w["tokens"][x] + w["places"]
    for block in w["blocks"]:
        b, t, c = x.shape
        q, k, v = jnp.moveaxis(dense(block["qkv"], norm(block["n1"], x)).reshape(b, t, 3, 4, 32), 2, 0)
        x = x + dense(block["out"], jax.nn.dot_product_attention(q, k, v).reshape(b, t, c))
        x = x + dense(block["down"], jax.nn.gelu(dense(block["up"], norm(block["n2"], x)), approximate=False))
    return dense(w["head"], norm(w["norm"], x).mean(1))


def weights_of(name: str) -> Weights:
    generator = np.random.default_rng(0)

    def random(*shape: int) -> Any:
        return jnp.asarray(generator.normal(size=shape) * 0.05, "float32")

    def affine(*shape: int) -> Weights:
        return {"w": random(*shape), "b": jnp.zeros(shape[-1])}

    def scale() -> Weights:
        return {"w": jnp.ones(128), "b": jnp.zeros(128)}

    if name == "mlp":
        return {"1": affine(64, 64), "2": affine(64, 64), "3": affine(64, CLASSES)}
    if name == "cnn":
        kernels = affine(3, 3, 1, 32), affine(3, 3, 32, 64), affine(1600, 128), affine(128, CLASSES)
        return {str(i + 1): kernel for i, kernel in enumerate(kernels)}
    if name == "lstm":
        return {"1": {**affine(32, 256), "u": random(64, 256)}, "2": affine(64, CLASSES)}
    block = lambda: {  # noqa: E731
        "n1": scale(),
        "qkv": affine(128, 384),
        "out": affine(128, 128),
        "n2": scale(),
        "up": affine(128, 512),
        "down": affine(512, 128),
    }
    return {
        "tokens": random(TOKENS, 128),
        "places": random(64, 128),
        "blocks": [block() for _ in range(4)],
        "norm": scale(),
        "head": affine(128, CLASSES),
    }


FORWARD: dict[str, Callable[[Weights, Any, Any], Any]] = {
    "mlp": mlp,
    "cnn": cnn,
    "lstm": lstm,
    "transformer": transformer,
}


def training_step(forward: Callable) -> Callable:
    def step(state: tuple, x: Any, y: Any) -> tuple:
        weights, m, v, count, key, total, right = state
        key, drop = jax.random.split(key)

        def loss_of(weights: Any) -> Any:
            logits = forward(weights, x, drop)
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1)), logits

        (loss, logits), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
        count = count + 1
        rate = 1e-3 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        m = jax.tree.map(lambda a, g: a + (g - a) * 0.1, m, gradients)
        v = jax.tree.map(lambda a, g: a + (g * g - a) * 0.001, v, gradients)
        weights = jax.tree.map(lambda w, a, b: w - rate * a / (jnp.sqrt(b) + 1e-7), weights, m, v)
        right = right + jnp.sum(jnp.argmax(logits, 1) == y)
        return weights, m, v, count, key, total + loss * len(x), right

    return jax.jit(step, donate_argnums=0)


def prepare(mode: str, measure: str, name: str) -> Callable[[], float]:
    workload = WORKLOADS[name]
    batches = epochs(workload)
    forward = FORWARD[name]

    class Training:
        def __init__(self) -> None:
            weights = weights_of(name)
            zeros = lambda: jax.tree.map(jnp.zeros_like, weights)  # noqa: E731 - buffers of their own: they are donated
            self.step = training_step(forward)
            self.state: tuple = (weights, zeros(), zeros(), jnp.zeros(()), jax.random.key(0), None, None)

        def epoch(self, steps: int) -> None:
            state = (*self.state[:5], jnp.zeros(()), jnp.zeros((), "int32"))
            for (x, y), _ in zip(next(batches), range(steps)):
                state = self.step(state, x, y)
            self.state = state
            _ = float(state[5]), float(state[6])

    if measure == "first":
        return first(lambda: Training().epoch(1))
    if measure in ("fit", "memory"):
        training = Training()
        if measure == "fit":
            return each(lambda: training.epoch(workload.steps), workload.steps)
        training.epoch(1)
        return memory(lambda: training.epoch(workload.steps))
    weights = weights_of(name)
    x, _ = workload.data()
    jitted = jax.jit(lambda weights, x: forward(weights, x, None))
    if measure == "predict":

        def predict() -> None:
            parts = [jitted(weights, x[i : i + workload.batch]) for i in range(0, len(x), workload.batch)]
            np.concatenate([np.asarray(part) for part in parts])

        return each(predict, workload.steps)
    row = jnp.asarray(x[:1])
    run = jitted if mode == "jit" else lambda weights, x: forward(weights, x, None)
    return each(lambda: jax.block_until_ready([run(weights, row) for _ in range(50)]), 50)
