"""Gradients by `tf.GradientTape`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import tensorflow as tf


def value_and_grad(fn: Callable, values: list[Any], has_aux: bool = False) -> Any:
    """`(fn(values), gradients)`."""
    leaves = [tf.convert_to_tensor(v) for v in values]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for leaf in leaves:
            tape.watch(leaf)
        result = fn(leaves)
    value = result[0] if has_aux else result
    gradients = tape.gradient(value, leaves, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return result, [_dense(g) for g in gradients]


def record(fn: Callable, storages: list[tf.Variable]) -> tuple[tuple[Any, Any], list[Any]]:
    """`(fn(), gradients)` with respect to variables."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for storage in storages:
            tape.watch(storage)
        value, aux = fn()
    return (value, aux), [_dense(g) for g in tape.gradient(value, storages)]


def _dense(gradient: Any) -> Any:
    return tf.convert_to_tensor(gradient) if isinstance(gradient, tf.IndexedSlices) else gradient


def no_grad() -> AbstractContextManager:
    """TensorFlow records nothing outside of a tape."""
    return contextlib.nullcontext()
