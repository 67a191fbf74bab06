"""The data of every contestant: handwritten digits, and the batches of an epoch."""

from __future__ import annotations

import numpy as np

import multikeras

BATCH = 32


def load() -> tuple[np.ndarray, np.ndarray]:
    """float32 images (1437, 8, 8, 1) and int32 labels (1437,)."""
    (x, y), _ = multikeras.datasets.digits.load_data()
    return x[..., None].astype("float32"), y.astype("int32")


def order_of(epoch: int, size: int) -> np.ndarray:
    return np.random.default_rng(epoch).permutation(size)


def starts(size: int) -> range:
    """Where the batches of an epoch start; the last is a smaller one, as in `fit`."""
    return range(0, size, BATCH)
