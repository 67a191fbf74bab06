"""Profiles of what runs, for TensorBoard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf


@contextmanager
def profile(folder: str) -> Iterator[None]:
    """A scope whose work is written, as TensorFlow's profiler sees it, into files below a folder."""
    with tf.profiler.experimental.Profile(folder):
        yield
