"""Batches, epoch by epoch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from multikeras.errors import ArgumentError


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

    def close(self) -> None:
        """Nothing more is read."""
        self._begun = None
        self._end()
        if self._close is not None:
            self._close()
