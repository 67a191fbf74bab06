"""Variables: `tf.Variable`s, assigned in place."""

from __future__ import annotations

import re
from typing import Any

import tensorflow as tf

untraced = tf.init_scope


def make(value: Any, trainable: bool, name: str) -> tf.Variable:
    """A variable with a copy of the value."""
    return tf.Variable(value, trainable=trainable, name=re.sub(r"[^A-Za-z0-9._/-]", "_", name), dtype=value.dtype)


def read(storage: tf.Variable) -> Any:
    """The value."""
    return storage.value()


def assign(storage: tf.Variable, value: Any) -> tf.Variable:
    """Copy the value into the variable."""
    storage.assign(value, read_value=False)
    return storage


def set_trainable(storage: tf.Variable, trainable: bool) -> None:
    """Learn whether tapes watch it."""
    storage._trainable = trainable
