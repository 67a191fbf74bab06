"""The main job's network in plain TensorFlow, with a `tf.function` step written by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from contestants.digits_data import BATCH, load, order_of, starts


class Training(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        generator = np.random.default_rng(0)
        shapes = [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (1024, 10), (10,)]
        self.weights = [tf.Variable(generator.normal(size=s).astype("float32") * 0.05) for s in shapes]
        self.m = [tf.Variable(tf.zeros_like(w)) for w in self.weights]
        self.v = [tf.Variable(tf.zeros_like(w)) for w in self.weights]
        self.count = tf.Variable(tf.zeros(()))
        self.total = tf.Variable(tf.zeros(()))
        self.right = tf.Variable(tf.zeros((), tf.int64))

    def forward(self, x: Any) -> Any:
        k1, b1, k2, b2, k3, b3 = self.weights
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x / 16, k1, 1, "SAME"), b1))
        x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        x = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, k2, 1, "SAME"), b2))
        x = tf.nn.dropout(tf.reshape(x, (tf.shape(x)[0], 1024)), 0.25)
        return tf.nn.bias_add(x @ k3, b3)

    @tf.function(reduce_retracing=True)
    def step(self, x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            logits = self.forward(x)
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
                grad=g,
            )
        self.total.assign_add(loss * tf.cast(tf.shape(x)[0], tf.float32))
        self.right.assign_add(tf.reduce_sum(tf.cast(tf.argmax(logits, 1, tf.int32) == y, tf.int64)))


def prepare() -> Callable[[], float]:
    x, y = load()
    training = Training()
    count = iter(range(10**9))

    def epoch() -> float:
        start_time = time.perf_counter()
        order = order_of(next(count), len(x))
        training.total.assign(0.0)
        training.right.assign(0)
        for start in starts(len(x)):
            rows = order[start : start + BATCH]
            training.step(tf.constant(x[rows]), tf.constant(y[rows]))
        _ = float(training.total) / len(x), int(training.right) / len(x)
        return (time.perf_counter() - start_time) / len(starts(len(x)))

    return epoch
