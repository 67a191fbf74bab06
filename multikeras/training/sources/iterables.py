"""Datasets, loaders, generators and other iterables of batches as sources."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from multikeras.training.arrays import prepare_batch
from multikeras.training.prefetch import name_batch
from multikeras.training.source import Source
from multikeras.training.sources.loaders import graph_dataset, is_graph_dataset, is_loader, length, loader
from multikeras.training.sources.py_dataset import epochs_of
from multikeras.training.sources.readers import by_column
from multikeras.utils.py_dataset import PyDataset


def iterable_source(x: Any, steps: int | None, shuffle: bool, model: Any) -> Source:
    """The source of an iterable of batches.

    An iterator goes on from epoch to epoch. What can be iterated over again is, in each epoch; where a number of steps
    is given that is not its own, reading goes on in the next epoch where it stopped.

    Args:
        x: The iterable.
        steps: Batches an epoch; all that there are by default.
        shuffle: Whether the batches of a `PyDataset` come in a new order each epoch.
        model: Whose inputs and outputs are looked up in frames by name.
    """
    take_apart = None if model is None else functools.partial(by_column, model)
    if hasattr(x, "__next__"):
        return Source(lambda: _limited(_read(x, take_apart, owned=False), steps), steps)
    if isinstance(x, PyDataset):
        begin, count = epochs_of(x, shuffle, steps)
    elif is_graph_dataset(x):
        begin, count = graph_dataset(x, steps)
    elif is_loader(x):
        begin, count = loader(x)
    else:
        begin, count = functools.partial(iter, x), length(x)

    def epoch() -> Iterator[Any]:
        return _read(begin(), take_apart)

    if steps is None or steps == count:
        return Source(lambda: _limited(epoch(), count), count)
    stream = _passes(epoch)
    return Source(lambda: _limited(stream, steps, owned=False), steps, stream.close)


def _read(batches: Iterator[Any], take_apart: Callable | None, owned: bool = True) -> Iterator[Any]:
    """The batches as steps get them; errors say which one they belong to."""
    try:
        for number in itertools.count():
            try:
                batch = prepare_batch(next(batches), take_apart)
            except StopIteration:
                return
            except Exception as error:
                name_batch(error, number)
                raise
            yield batch
    finally:
        if owned:
            _close(batches)


def _limited(batches: Iterator[Any], count: int | None, owned: bool = True) -> Iterator[Any]:
    """The first `count` batches, all of them by default."""
    try:
        yield from batches if count is None else itertools.islice(batches, count)
    finally:
        if owned:
            _close(batches)


def _passes(epoch: Callable[[], Iterator[Any]]) -> Any:
    """The batches of one pass after the other, until one has none."""
    some = True
    while some:
        some = False
        batches = epoch()
        try:
            for batch in batches:
                some = True
                yield batch
        finally:
            _close(batches)


def _close(batches: Iterator[Any]) -> None:
    close = getattr(batches, "close", None)
    if close is not None:
        close()
