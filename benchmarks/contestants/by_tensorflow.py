"""The workloads in plain TensorFlow, with a `tf.function` step written by hand, with XLA or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from contestants.timing import each, first, memory
from contestants.workloads import CLASSES, TOKENS, WORKLOADS, epochs

BLOCK = [
    *[(128,), (128,), (128, 384), (384,), (128, 128), (128,)],
    *[(128,), (128,), (128, 512), (512,), (512, 128), (128,)],
]
SHAPES = {
    "mlp": [(64, 64), (64,), (64, 64), (64,), (64, CLASSES), (CLASSES,)],
    "cnn": [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (1600, 128), (128,), (128, CLASSES), (CLASSES,)],
    "lstm": [(32, 256), (64, 256), (256,), (64, CLASSES), (CLASSES,)],
    "transformer": [
        (TOKENS, 128),
        (64, 128),
        *BLOCK * 4,
        (128,),
        (128,),
        (128, CLASSES),
        (CLASSES,),
    ],
}


def mlp(w: list[Any], x: Any, training: bool) -> Any:
    x = tf.nn.relu(tf.nn.bias_add(x @ w[0], w[1]))
    x = tf.nn.relu(tf.nn.bias_add(x @ w[2], w[3]))
    return tf.nn.bias_add(x @ w[4], w[5])


def cnn(w: list[Any], x: Any, training: bool) -> Any:
    x = tf.nn.max_pool2d(tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w[0], 1, "VALID"), w[1])), 2, 2, "VALID")
    x = tf.nn.max_pool2d(tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w[2], 1, "VALID"), w[3])), 2, 2, "VALID")
    x = tf.reshape(x, (-1, 1600))
    if training:
        x = tf.nn.dropout(x, 0.25)
    x = tf.nn.relu(tf.nn.bias_add(x @ w[4], w[5]))
    if training:
        x = tf.nn.dropout(x, 0.5)
    return tf.nn.bias_add(x @ w[6], w[7])


def lstm(w: list[Any], x: Any, training: bool) -> Any:
    inputs = tf.unstack(tf.transpose(tf.tensordot(x, w[0], 1) + w[2], (1, 0, 2)), 40)
    h = c = tf.zeros((tf.shape(x)[0], 64))
    for z in inputs:
        i, f, g, o = tf.split(z + h @ w[1], 4, axis=-1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        h = tf.sigmoid(o) * tf.tanh(c)
    return tf.nn.bias_add(h @ w[3], w[4])


def norm(x: Any, scale: Any, offset: Any) -> Any:
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-5)


def dense(x: Any, kernel: Any, bias: Any) -> Any:
    flat = tf.nn.bias_add(tf.reshape(x, (-1, kernel.shape[0])) @ kernel, bias)
    return tf.reshape(flat, (-1, 64, kernel.shape[1]))


def transformer(w: list[Any], x: Any, training: bool) -> Any:
    x = tf.gather(w[0], x) + w[1]
    for number in range(4):
        n1, o1, qkv, qkv_bias, out, out_bias, n2, o2, up, up_bias, down, down_bias = w[
            2 + 12 * number : 14 + 12 * number
        ]
        joined = tf.reshape(dense(norm(x, n1, o1), qkv, qkv_bias), (-1, 64, 3, 4, 32))
        q, k, v = tf.unstack(tf.transpose(joined, (2, 0, 3, 1, 4)), 3)
        scores = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) * 32**-0.5)
        heads = tf.reshape(tf.transpose(tf.matmul(scores, v), (0, 2, 1, 3)), (-1, 64, 128))
        x = x + dense(heads, out, out_bias)
        x = x + dense(tf.nn.gelu(dense(norm(x, n2, o2), up, up_bias)), down, down_bias)
    return tf.nn.bias_add(tf.reduce_mean(norm(x, *w[50:52]), 1) @ w[52], w[53])


FORWARD: dict[str, Callable[[list[Any], Any, bool], Any]] = {
    "mlp": mlp,
    "cnn": cnn,
    "lstm": lstm,
    "transformer": transformer,
}


class Training(tf.Module):
    def __init__(self, name: str, xla: bool) -> None:
        super().__init__()
        generator = np.random.default_rng(0)
        self.forward = FORWARD[name]
        self.weights = [tf.Variable(generator.normal(size=s).astype("float32") * 0.05) for s in SHAPES[name]]
        self.m = [tf.Variable(tf.zeros_like(w)) for w in self.weights]
        self.v = [tf.Variable(tf.zeros_like(w)) for w in self.weights]
        self.count = tf.Variable(tf.zeros(()))
        self.total = tf.Variable(tf.zeros(()))
        self.right = tf.Variable(tf.zeros((), tf.int64))
        self.step = tf.function(self._step, reduce_retracing=True, jit_compile=xla)
        self.predict = tf.function(
            lambda x: self.forward(self.weights, x, False), reduce_retracing=True, jit_compile=xla
        )

    def _step(self, x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            logits = self.forward(self.weights, x, True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        gradients = tape.gradient(loss, self.weights)
        self.count.assign_add(1.0)
        for w, m, v, g in zip(self.weights, self.m, self.v, gradients):
            tf.raw_ops.ResourceApplyAdam(
                var=w.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=tf.pow(0.9, self.count),
                beta2_power=tf.pow(0.999, self.count),
                lr=1e-3,
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-7,
                grad=tf.convert_to_tensor(g),
            )
        self.total.assign_add(loss * tf.cast(tf.shape(x)[0], tf.float32))
        self.right.assign_add(tf.reduce_sum(tf.cast(tf.argmax(logits, 1, tf.int32) == y, tf.int64)))


def prepare(mode: str, measure: str, name: str) -> Callable[[], float]:
    workload = WORKLOADS[name]
    batches = epochs(workload)

    def epoch(training: Training, steps: int) -> None:
        training.total.assign(0.0)
        training.right.assign(0)
        for (x, y), _ in zip(next(batches), range(steps)):
            training.step(tf.constant(x), tf.constant(y))
        _ = float(training.total), int(training.right)

    if measure == "first":
        return first(lambda: epoch(Training(name, mode == "xla"), 1))
    training = Training(name, mode == "xla")
    if measure == "fit":
        return each(lambda: epoch(training, workload.steps), workload.steps)
    if measure == "memory":
        epoch(training, 1)
        return memory(lambda: epoch(training, workload.steps))
    x, _ = workload.data()
    if measure == "predict":

        def predict() -> None:
            parts = [training.predict(tf.constant(x[i : i + workload.batch])) for i in range(0, len(x), workload.batch)]
            np.concatenate([part.numpy() for part in parts])

        return each(predict, workload.steps)
    row = tf.constant(x[:1])
    if mode == "eager":
        return each(lambda: [training.forward(training.weights, row, False) for _ in range(50)], 50)
    return each(lambda: [training.predict(row) for _ in range(50)], 50)
