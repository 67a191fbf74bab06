"""Batches made by several threads, in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any

# How long closing waits for a thread that is at work on a batch, in seconds. It ends after that batch anyway.
_PATIENCE = 2.0


def made_by_threads(dataset: Any, indices: Iterable[int], workers: int, ahead: int) -> Iterator[Any]:
    """`dataset[i]` for all indices, in their order, made by threads up to `ahead` batches ahead.

    An error of a batch is raised in its place. Threads end with the iterator, by its end or by `close`.
    """
    tasks: queue.SimpleQueue[tuple[int, _Slot] | None] = queue.SimpleQueue()
    stopped = threading.Event()
    threads = [
        threading.Thread(target=_work, args=(dataset, tasks, stopped), name=f"multikeras-worker-{i}", daemon=True)
        for i in range(workers)
    ]
    waiting: list[_Slot] = []
    left = iter(indices)

    def order_next() -> None:
        index = next(left, None)
        if index is not None:
            waiting.append(_Slot())
            tasks.put((index, waiting[-1]))

    for thread in threads:
        thread.start()
    try:
        for _ in range(max(ahead, workers)):
            order_next()
        while waiting:
            slot = waiting.pop(0)
            batch = slot.wait()
            order_next()
            yield batch
    finally:
        stopped.set()
        for _ in threads:
            tasks.put(None)
        for thread in threads:
            thread.join(_PATIENCE)


class _Slot:
    """The place of one batch."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._batch: Any = None
        self._error: BaseException | None = None

    def fill(self, batch: Any, error: BaseException | None = None) -> None:
        self._batch, self._error = batch, error
        self._done.set()

    def wait(self) -> Any:
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._batch


def _work(dataset: Any, tasks: queue.SimpleQueue, stopped: threading.Event) -> None:
    while True:
        task = tasks.get()
        if task is None or stopped.is_set():
            return
        index, slot = task
        try:
            slot.fill(dataset[index])
        except BaseException as error:  # noqa: BLE001 - raised again where the batch is asked for
            slot.fill(None, error)
