"""Variables: `tf.Variable`s, assigned in place."""

from __future__ import annotations

import re
from typing import Any

import tensorflow as tf

# What `tf.Variable(...)` makes outside of a distribution strategy.
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from multikeras_tensorflow.gradients import recorded
from multikeras_tensorflow.widened import kernel

_read = kernel("ReadVariableOp")
_assign = kernel("AssignVariableOp")

untraced = tf.init_scope


def make(value: Any, trainable: bool, name: str) -> tf.Variable:
    """A variable with a copy of the value."""
    name = re.sub(r"[^A-Za-z0-9._/-]", "_", name)
    if not tf.executing_eagerly() or tf.distribute.has_strategy():
        return tf.Variable(value, trainable=trainable, name=name, dtype=value.dtype)
    # TensorFlow keeps a kernel for each name that a variable was ever made under, 36 kB that are never freed.
    storage = tf.Variable(value, trainable=trainable, name="variable", dtype=value.dtype)
    storage._handle_name = f"{name}:0"  # type: ignore[attr-defined]
    return storage


def read(storage: tf.Variable) -> Any:
    """The value."""
    if recorded() or type(storage) is not ResourceVariable or not tf.executing_eagerly():
        # Tapes learn which variables they watch as these are read by their own method. So do graphs, on behalf of the
        # tapes that they will be run under.
        return storage.value()
    return _read(storage.handle, storage.dtype)


def assign(storage: tf.Variable, value: Any) -> tf.Variable:
    """Copy the value into the variable."""
    if type(storage) is ResourceVariable:
        _assign(storage.handle, value, True)
    else:
        storage.assign(value, read_value=False)
    return storage


def increment(storage: tf.Variable, amount: Any) -> None:
    """Add to the variable in place."""
    storage.assign_add(amount, read_value=False)


def set_trainable(storage: tf.Variable, trainable: bool) -> None:
    """Learn whether tapes watch it."""
    storage._trainable = trainable  # type: ignore[attr-defined]
