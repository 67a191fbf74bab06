"""The main job's network in plain JAX, with a jitted step written by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from contestants.digits_data import BATCH, load, order_of, starts
from jax import lax


def forward(weights: dict[str, Any], x: Any, key: Any) -> Any:
    x = x / 16
    x = _conv(x, weights["k1"], weights["b1"])
    x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    x = _conv(x, weights["k2"], weights["b2"])
    x = x.reshape(len(x), -1)
    x = jnp.where(jax.random.bernoulli(key, 0.75, x.shape), x / 0.75, 0)
    return x @ weights["k3"] + weights["b3"]


def _conv(x: Any, kernel: Any, bias: Any) -> Any:
    out = lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return jax.nn.relu(out + bias)


@jax.jit
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


def prepare() -> Callable[[], float]:
    x, y = load()
    generator = np.random.default_rng(0)
    shapes = {"k1": (3, 3, 1, 32), "k2": (3, 3, 32, 64), "k3": (1024, 10), "b1": (32,), "b2": (64,), "b3": (10,)}
    weights = {k: jnp.asarray(generator.normal(size=s) * 0.05, "float32") for k, s in shapes.items()}
    zeros = jax.tree.map(jnp.zeros_like, weights)
    held = [(weights, zeros, zeros, jnp.zeros(()), jax.random.key(0), jnp.zeros(()), jnp.zeros((), "int32"))]
    count = iter(range(10**9))

    def epoch() -> float:
        start_time = time.perf_counter()
        order = order_of(next(count), len(x))
        state = (*held[0][:5], jnp.zeros(()), jnp.zeros((), "int32"))
        for start in starts(len(x)):
            rows = order[start : start + BATCH]
            state = step(state, x[rows], y[rows])
        held[0] = state
        _ = float(state[5]) / len(x), float(state[6]) / len(x)
        return (time.perf_counter() - start_time) / len(starts(len(x)))

    return epoch
