"""The workloads in Flax NNX, with a step of `nnx.jit` and Optax."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from contestants.timing import each, first
from contestants.workloads import CLASSES, TOKENS, WORKLOADS, epochs

# Nothing that the project needs: imported where it is installed.
nnx: Any = importlib.import_module("flax.nnx")
optax: Any = importlib.import_module("optax")


class Mlp(nnx.Module):
    def __init__(self, rngs: Any) -> None:
        self.one, self.two = nnx.Linear(64, 64, rngs=rngs), nnx.Linear(64, 64, rngs=rngs)
        self.head = nnx.Linear(64, CLASSES, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.head(nnx.relu(self.two(nnx.relu(self.one(x)))))


class Cnn(nnx.Module):
    def __init__(self, rngs: Any) -> None:
        self.one = nnx.Conv(1, 32, (3, 3), padding="VALID", rngs=rngs)
        self.two = nnx.Conv(32, 64, (3, 3), padding="VALID", rngs=rngs)
        self.drop, self.drop_more = nnx.Dropout(0.25, rngs=rngs), nnx.Dropout(0.5, rngs=rngs)
        self.dense, self.head = nnx.Linear(1600, 128, rngs=rngs), nnx.Linear(128, CLASSES, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        for layer in (self.one, self.two):
            x = nnx.max_pool(nnx.relu(layer(x)), (2, 2), strides=(2, 2))
        x = self.drop(x.reshape(len(x), -1))
        return self.head(self.drop_more(nnx.relu(self.dense(x))))


class Lstm(nnx.Module):
    def __init__(self, rngs: Any) -> None:
        self.rnn = nnx.RNN(nnx.OptimizedLSTMCell(32, 64, rngs=rngs))
        self.head = nnx.Linear(64, CLASSES, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.head(self.rnn(x)[:, -1])


class Block(nnx.Module):
    def __init__(self, rngs: Any) -> None:
        self.norm, self.norm_more = nnx.LayerNorm(128, rngs=rngs), nnx.LayerNorm(128, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(4, 128, decode=False, rngs=rngs)
        self.up, self.down = nnx.Linear(128, 512, rngs=rngs), nnx.Linear(512, 128, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = x + self.attention(self.norm(x))
        return x + self.down(nnx.gelu(self.up(self.norm_more(x)), approximate=False))


class Transformer(nnx.Module):
    def __init__(self, rngs: Any) -> None:
        self.tokens = nnx.Embed(TOKENS, 128, rngs=rngs)
        self.places = nnx.Param(jnp.zeros((64, 128)))
        self.blocks = nnx.List([Block(rngs) for _ in range(4)])
        self.norm, self.head = nnx.LayerNorm(128, rngs=rngs), nnx.Linear(128, CLASSES, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = self.tokens(x) + self.places[...]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))


NETWORKS = {"mlp": Mlp, "cnn": Cnn, "lstm": Lstm, "transformer": Transformer}


@nnx.jit
def training_step(model: Any, optimizer: Any, metrics: Any, x: Any, y: Any) -> None:
    def loss_of(model: Any) -> Any:
        logits = model(x)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean(), logits

    (loss, logits), gradients = nnx.value_and_grad(loss_of, has_aux=True)(model)
    metrics.update(loss=loss, logits=logits, labels=y)
    optimizer.update(model, gradients)


@nnx.jit
def predicted(model: Any, x: Any) -> Any:
    return model(x)


def prepare(mode: str, measure: str, name: str) -> Callable[[], float]:
    workload = WORKLOADS[name]
    batches = epochs(workload)

    class Training:
        def __init__(self) -> None:
            self.model = NETWORKS[name](nnx.Rngs(0))
            self.model.train()
            self.optimizer = nnx.Optimizer(self.model, optax.adam(1e-3, eps=1e-7), wrt=nnx.Param)
            self.metrics = nnx.MultiMetric(accuracy=nnx.metrics.Accuracy(), loss=nnx.metrics.Average("loss"))

        def epoch(self, steps: int) -> None:
            self.metrics.reset()
            for (x, y), _ in zip(next(batches), range(steps)):
                training_step(self.model, self.optimizer, self.metrics, x, y)
            _ = {key: float(value) for key, value in self.metrics.compute().items()}

    if measure == "first":
        return first(lambda: Training().epoch(1))
    training = Training()
    if measure == "fit":
        return each(lambda: training.epoch(workload.steps), workload.steps)
    model = training.model
    model.eval()
    x, _ = workload.data()
    if measure == "predict":

        def predict() -> None:
            parts = [predicted(model, x[i : i + workload.batch]) for i in range(0, len(x), workload.batch)]
            np.concatenate([np.asarray(part) for part in parts])

        return each(predict, workload.steps)
    row = jnp.asarray(x[:1])
    return each(lambda: jax.block_until_ready([model(row) for _ in range(50)]), 50)
