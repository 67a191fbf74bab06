"""How often the host waits for values of a backend's tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from multikeras.backend.contract import Backend


class Fetches:
    """A count, which grows while `counted_fetches` holds."""

    count = 0


@contextmanager
def counted_fetches(backend: Backend) -> Iterator[Fetches]:
    """Count how often tensors of a backend are made NumPy arrays, one or several at a time.

    Args:
        backend: Whose tensors.

    Yields:
        The count, from 0 on.

    ```python
    >>> import multikeras as keras
    >>> backend = keras.backend.current()
    >>> with counted_fetches(backend) as fetches:
    ...     _ = backend.tensors.to_numpy(keras.ops.ones(2))
    >>> fetches.count
    1

    ```
    """
    fetches = Fetches()

    def counted(fetch: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def fetch_and_count(tensors: Any) -> Any:
            fetches.count += 1
            return fetch(tensors)

        return fetch_and_count

    tensors = backend.tensors
    with ExitStack() as patches:
        for name in ("to_numpy", "to_numpy_together"):
            if hasattr(tensors, name):
                patches.enter_context(mock.patch.object(tensors, name, counted(getattr(tensors, name))))
        yield fetches
