"""The four workloads: what every contestant trains, and on which data."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

CLASSES = 10
TOKENS = 1000


@dataclasses.dataclass(frozen=True)
class Workload:
    """One network's data.

    Args:
        shape: The shape of a sample.
        batch: Samples a step.
        steps: Steps an epoch.
        tokens: Whether a sample is made of tokens, int32, rather than of floats.
    """

    shape: tuple[int, ...]
    batch: int
    steps: int
    tokens: bool = False

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and int32 labels, the same ones for everybody."""
        generator = np.random.default_rng(0)
        size = self.batch * self.steps
        y = generator.integers(0, CLASSES, size, dtype="int32")
        if self.tokens:
            return generator.integers(0, TOKENS, (size, *self.shape), dtype="int32"), y
        return generator.normal(size=(size, *self.shape)).astype("float32"), y


WORKLOADS = {
    # Dense 64-64-64-10.
    "mlp": Workload((64,), 32, 200),
    # Convolution 32, pooling, convolution 64, pooling, dropout, dense 128, dropout, 10.
    "cnn": Workload((28, 28, 1), 128, 6),
    # LSTM 64, 10.
    "lstm": Workload((40, 32), 64, 20),
    # Four pre-norm blocks of width 128 with 4 heads and an MLP of 512, mean over the tokens, 10.
    "transformer": Workload((64,), 32, 6, tokens=True),
}


def epochs(workload: Workload) -> Iterator[Iterator[tuple[np.ndarray, np.ndarray]]]:
    """Shuffled batches, epoch after epoch: what a loop written by hand goes through."""
    x, y = workload.data()
    generator = np.random.default_rng(1)
    while True:
        order = generator.permutation(len(x))
        yield (
            (x[rows], y[rows])
            for rows in (order[start : start + workload.batch] for start in range(0, len(x), workload.batch))
        )
