"""Forgetting what the process remembers between models."""

from __future__ import annotations

from multikeras.random import seed
from multikeras.state import names


def clear_session(free_memory: bool = True) -> None:
    """Forget the names given so far and the global seed generators, so that the next model is named as in a new
    process.

    Args:
        free_memory: Whether to collect garbage at once.

    ```python
    >>> clear_session()

    ```
    """
    names.reset()
    seed.reset_global()
    if free_memory:
        import gc

        gc.collect()
