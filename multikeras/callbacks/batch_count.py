"""Counting batches, some of which are run together."""

from __future__ import annotations

from typing import Any

from multikeras.errors import ArgumentError


class BatchCount:
    """Says when a number of batches has been run since it last said so.

    Several batches may be run in one dispatch; callbacks hear of the last of them alone.

    Args:
        every: `"epoch"`, for never, or a number of batches.

    Raises:
        ArgumentError: It is neither.

    ```python
    >>> count = BatchCount(3)
    >>> [count.due(batch) for batch in (0, 1, 2, 4, 6, 0, 1)]
    [False, False, True, False, True, False, False]

    ```
    """

    def __init__(self, every: Any) -> None:
        if every != "epoch" and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
            raise ArgumentError("`save_freq` is 'epoch' or a number of batches.", received=repr(every))
        self.every = every
        self.total = 0
        self._last = -1
        self._since = 0

    def due(self, batch: int) -> bool:
        """Whether it is time, given the number of the batch that was run last, from 0 on in each epoch."""
        new = batch + 1 if batch <= self._last else batch - self._last
        self._last = batch
        self.total += new
        if not isinstance(self.every, int):
            return False
        self._since += new
        if self._since < self.every:
            return False
        self._since = 0
        return True

    def begin_epoch(self) -> None:
        """Numbers start at 0 again."""
        self._last = -1
