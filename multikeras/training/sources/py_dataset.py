"""A PyDataset as a source of batches."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from multikeras.errors import ArgumentError
from multikeras.random import portable
from multikeras.random.seed import host_key


def epochs_of(dataset: Any, shuffle: bool, steps: int | None) -> tuple[Callable[[], Iterator[Any]], int | None]:
    """What makes the batches of one epoch, and their number.

    Raises:
        ArgumentError: The batches never end, and neither would an epoch.
    """
    count = dataset.num_batches
    if count is None and steps is None:
        raise ArgumentError(
            "An epoch of a dataset without an end has a number of steps.",
            received=f"{type(dataset).__name__} with num_batches=None",
            hint="steps_per_epoch=100",
        )
    return lambda: _epoch(dataset, count, shuffle), count


def _epoch(dataset: Any, count: int | None, shuffle: bool) -> Iterator[Any]:
    dataset.on_epoch_begin()
    if count is None:
        indices: Iterable[int] = itertools.count()
    elif shuffle:
        indices = portable.permutation(host_key(None), count).tolist()
    else:
        indices = range(count)
    batches = _batches(dataset, indices)
    order = iter(indices) if count is not None else itertools.count()
    try:
        for index in order:
            try:
                batch = next(batches)
            except StopIteration:
                return
            except Exception as error:
                error.add_note(f"while batch {index} of {type(dataset).__name__} was made")
                raise
            yield batch
    finally:
        close = getattr(batches, "close", None)
        if close is not None:
            close()
        dataset.on_epoch_end()


def _batches(dataset: Any, indices: Iterable[int]) -> Iterator[Any]:
    workers, ahead = dataset.workers, dataset.max_queue_size
    if dataset.use_multiprocessing and workers > 0:
        from multikeras.training.sources.worker_processes import made_by_processes

        return made_by_processes(dataset, indices, workers, ahead)
    if workers > 1:
        from multikeras.training.sources.worker_threads import made_by_threads

        return made_by_threads(dataset, indices, workers, ahead)
    return (dataset[i] for i in indices)
