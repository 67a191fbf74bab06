"""Profiles of what runs, for TensorBoard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def profile(folder: str) -> Iterator[None]:
    """A scope whose work is written, as torch's profiler sees it, into a file of a folder."""
    with torch.profiler.profile(on_trace_ready=torch.profiler.tensorboard_trace_handler(folder)):
        yield
