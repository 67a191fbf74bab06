"""Batches, epoch by epoch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from multikeras.errors import ArgumentError
from multikeras.graph.operation import map_structure
from multikeras.training.prefetch import Prefetcher


class Source:
    """Batches, epoch by epoch: each iteration over it is one epoch.

    Args:
        epoch: A function that returns an iterator over the batches of an epoch.
        steps: The number of batches of an epoch, `None` where only the end of the data will tell.
        close: Called when nothing more is read.
        even_steps: How many of them, from the first on, have one shape; `None` where that is unknown.
        lasting: Whether the arrays of a batch keep their values once the next one is asked for. Those of a user's
            iterable may be filled again.
    """

    def __init__(
        self,
        epoch: Callable[[], Iterator[Any]],
        steps: int | None,
        close: Callable[[], None] | None = None,
        lasting: bool = False,
        even_steps: int | None = None,
    ) -> None:
        self._epoch = epoch
        self.steps = steps
        self.even_steps = even_steps
        self.lasting = lasting
        self._close = close
        self._begun: Iterator[Any] | None = None
        # What reads the epoch at hand, which holds whatever an epoch needs: threads, processes, files.
        self._running: Iterator[Any] | None = None

    def peek(self) -> Any:
        """The first batch of the epoch to come, which is not consumed."""
        iterator = self._begun if self._begun is not None else self._start()
        try:
            first = next(iterator)
        except StopIteration:
            raise ArgumentError("There is at least one batch in an epoch.", received="data without a batch") from None
        self._begun = itertools.chain([first], iterator)
        return first

    def __iter__(self) -> Iterator[Any]:
        iterator, self._begun = (self._begun if self._begun is not None else self._start()), None
        return iterator

    def _start(self) -> Iterator[Any]:
        self._end()
        self._running = self._epoch()
        return self._running

    def _end(self) -> None:
        close, self._running = getattr(self._running, "close", None), None
        if close is not None:
            close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing more is read."""
        self._begun = None
        self._end()
        if self._close is not None:
            self._close()


def read_ahead(source: Source, size: int = 2) -> Source:
    """The same batches, some of which a thread reads ahead and keeps, while steps run.

    Args:
        source: What is read.
        size: How many batches are held at most.
    """

    def kept() -> Iterator[Any]:
        # Arrays that will be filled again are copied before that.
        return (batch if source.lasting else map_structure(_copied, batch) for batch in source)

    return Source(
        lambda: Prefetcher(kept(), size), source.steps, source.close, lasting=True, even_steps=source.even_steps
    )


def _copied(leaf: Any) -> Any:
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf
