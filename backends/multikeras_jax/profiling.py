"""Profiles of what runs, for TensorBoard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jax


@contextmanager
def profile(folder: str) -> Iterator[None]:
    """A scope whose work is written, as XLA's profiler sees it, into files below a folder."""
    with jax.profiler.trace(folder):
        yield
