"""Items made ahead of time by a thread in the background."""

from __future__ import annotations

import collections
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

from multikeras.backend.select import current, on_backend
from multikeras.errors import ArgumentError

# How long closing waits for a source that is at work on an item, in seconds. The thread ends after that item anyway.
_PATIENCE = 2.0


class Prefetcher:
    """An iterator over an iterable that a thread reads ahead of its consumer.

    Items come in order. An error of the iterable is raised in the place of the item that it kept from being made, with
    a note that says which one, and ends the iteration. What is made ahead is dropped by `close`, which an iterator that
    nobody holds any more runs by itself; an iterable that has a `close` is closed by the thread that read it.

    Args:
        iterable: What is read.
        size: How many items are held at most, from 1 on.

    Raises:
        ArgumentError: `size` is no integer from 1 on.

    ```python
    >>> with Prefetcher(range(5), 2) as items:
    ...     [next(items), next(items)]
    [0, 1]

    ```
    """

    def __init__(self, iterable: Iterable[Any], size: int) -> None:
        if isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
            raise ArgumentError("`size` is an integer from 1 on.", received=f"size={size!r}", hint="size=2")
        self._queue = _Queue(int(size))
        # The thread holds the queue alone: an abandoned iterator is collected, and stops it.
        self._thread = threading.Thread(
            target=_fill, args=(self._queue, iterable, current()), name="multikeras-prefetch", daemon=True
        )
        self._finalizer = weakref.finalize(self, self._queue.close)
        self._thread.start()

    def __iter__(self) -> Prefetcher:
        return self

    def __next__(self) -> Any:
        item, error = self._queue.take()
        if error is None:
            return item
        self.close()
        raise error

    def close(self) -> None:
        """Stop reading, and let the thread end."""
        self._finalizer()
        if self._thread is not threading.current_thread():
            self._thread.join(_PATIENCE)

    def __enter__(self) -> Prefetcher:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _Queue:
    """Items with their order, and the end of them, between two threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: collections.deque[tuple[Any, BaseException | None]] = collections.deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: Any, error: BaseException | None = None) -> bool:
        """Add an item once there is room; whether anyone still wants items."""
        with self._changed:
            while len(self._items) >= self._size and not self._closed:
                self._changed.wait()
            if not self._closed:
                self._items.append((item, error))
                self._changed.notify_all()
            return not self._closed

    def take(self) -> tuple[Any, BaseException | None]:
        """The next item, or the error that ends them."""
        with self._changed:
            while not self._items and not self._closed:
                self._changed.wait()
            if not self._items:
                return None, StopIteration()
            found = self._items.popleft()
            self._changed.notify_all()
            return found

    def close(self) -> None:
        """Drop the items, and wake up both sides."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()


def _fill(queue: _Queue, iterable: Iterable[Any], backend: Any) -> None:
    """What the thread runs: items are made on the backend that was current where the iterator was made."""
    iterator: Iterator[Any] | None = None
    number = 0
    with on_backend(backend):
        try:
            iterator = iter(iterable)
            for item in iterator:
                if not queue.put(item):
                    break
                number += 1
            else:
                queue.put(None, StopIteration())
        except BaseException as error:  # noqa: BLE001 - raised again where the item is asked for
            name_batch(error, number)
            queue.put(None, error)
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()


def name_batch(error: BaseException, number: int) -> None:
    """Note on an error which batch was being made, unless that is noted already."""
    if not any(note.startswith(_NOTE) for note in getattr(error, "__notes__", ())):
        error.add_note(f"{_NOTE} {number} of the epoch was made, the first being 0")


_NOTE = "while batch"
