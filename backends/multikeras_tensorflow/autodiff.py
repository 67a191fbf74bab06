"""Gradients by `tf.GradientTape`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import tensorflow as tf


def value_and_grad(fn: Callable, values: list[Any], has_aux: bool = False) -> Any:
    """`(fn(values), gradients)`."""
    leaves = _own(values)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for leaf in leaves:
            tape.watch(leaf)
        result = fn(leaves)
    value = result[0] if has_aux else result
    gradients = tape.gradient(value, leaves, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return result, [_dense(g) for g in gradients]


def pullback(fn: Callable, values: list[Any]) -> tuple[list[Any], Callable]:
    """`(fn(values), pull)`."""
    leaves = _own(values)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        for leaf in leaves:
            tape.watch(leaf)
        outputs = [tf.convert_to_tensor(y) for y in fn(leaves)]
    varying = [i for i, y in enumerate(outputs) if y.dtype.is_floating or y.dtype.is_complex]

    def pull(cotangents: list[Any]) -> list[Any]:
        gradients = tape.gradient(
            [outputs[i] for i in varying],
            leaves,
            output_gradients=[cotangents[i] for i in varying],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        return [_dense(g) for g in gradients]

    return outputs, pull


def record(fn: Callable, storages: list[tf.Variable]) -> tuple[tuple[Any, Any], list[Any]]:
    """`(fn(), gradients)` with respect to variables."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for storage in storages:
            tape.watch(storage)
        value, aux = fn()
    return (value, aux), [_dense(g) for g in tape.gradient(value, storages)]


def _own(values: list[Any]) -> list[tf.Tensor]:
    """Tensors for a tape to watch. What else a function reads is a constant, be it the same tensor."""
    return [tf.identity(v) for v in values]


def _dense(gradient: Any) -> Any:
    return tf.convert_to_tensor(gradient) if isinstance(gradient, tf.IndexedSlices) else gradient


def no_grad() -> AbstractContextManager:
    """TensorFlow records nothing outside of a tape."""
    return contextlib.nullcontext()
