"""PyDataset: batches by number, made by one or several workers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from multikeras.errors import ArgumentError, NotSupportedError


class PyDataset:
    """Batches by number. A subclass defines `__getitem__`, and `__len__` or `num_batches`.

    `fit` asks for each batch of an epoch once, in a new order each epoch if it shuffles, and gets them in the order in
    which it asked, whatever the number of workers.

    Args:
        workers: How many threads or processes make batches at the same time; with 0 or 1 the caller makes them.
        use_multiprocessing: Whether workers are processes. They are started anew for each epoch, with the dataset as it
            is then.
        max_queue_size: How many batches are made ahead at most.

    Raises:
        ArgumentError: An argument is none of these.

    ```python
    >>> import numpy as np
    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         x = np.full((2, 1), float(index))
    ...         return x, x**2
    >>> [float(y[0, 0]) for x, y in Squares()]
    [0.0, 1.0, 4.0]

    ```
    """

    # A subclass need not call this constructor.
    _workers = 1
    _use_multiprocessing = False
    _max_queue_size = 10

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def workers(self) -> int:
        """How many threads or processes make batches."""
        return self._workers

    @workers.setter
    def workers(self, value: int) -> None:
        self._workers = _count("workers", value, 0)

    @property
    def use_multiprocessing(self) -> bool:
        """Whether workers are processes."""
        return self._use_multiprocessing

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._use_multiprocessing = bool(value)

    @property
    def max_queue_size(self) -> int:
        """How many batches are made ahead at most."""
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        self._max_queue_size = _count("max_queue_size", value, 1)

    @property
    def num_batches(self) -> int | None:
        """The number of batches of an epoch; `None` says that they never end.

        Raises:
            NotSupportedError: The subclass defines neither this nor `__len__`.
        """
        if hasattr(type(self), "__len__"):
            return len(self)  # type: ignore[arg-type]
        raise NotSupportedError(
            f"{type(self).__name__} says how many batches it has.", hint="def __len__(self): return 100"
        )

    def __getitem__(self, index: int) -> Any:
        """Batch number `index`, from 0 on: `x`, `(x, y)`, `(x, y, sample_weight)` or a dict.

        Raises:
            NotSupportedError: The subclass does not define it.
        """
        raise NotSupportedError(
            f"{type(self).__name__} makes batches.", hint="def __getitem__(self, index): return x, y"
        )

    def __iter__(self) -> Iterator[Any]:
        """The batches of one epoch in order."""
        count = self.num_batches
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    def on_epoch_begin(self) -> None:
        """Called before the first batch of an epoch is made; a subclass may define it."""

    def on_epoch_end(self) -> None:
        """Called after the last batch of an epoch; a subclass may define it."""


Sequence = PyDataset


def _count(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
        raise ArgumentError(f"`{name}` is an integer from {least} on.", received=f"{name}={value!r}", hint=f"{name}=4")
    return int(value)
