"""Datasets and loaders of frameworks, on any backend."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from multikeras.backend.select import current
from multikeras.errors import ArgumentError
from multikeras.graph.operation import map_structure


def is_graph_dataset(x: Any) -> bool:
    """Whether `x` is a dataset in the manner of `tf.data`: one that knows what its elements are like."""
    return hasattr(x, "as_numpy_iterator") and hasattr(x, "element_spec") and hasattr(x, "cardinality")


def is_loader(x: Any) -> bool:
    """Whether `x` is a loader in the manner of torch's `DataLoader`: a dataset and what puts samples together."""
    return hasattr(x, "dataset") and hasattr(x, "collate_fn") and hasattr(x, "__iter__")


def graph_dataset(x: Any, steps: int | None) -> tuple[Callable[[], Iterator[Any]], int | None]:
    """What reads a dataset in the manner of `tf.data` once, and its number of batches.

    Its own backend gets its tensors as they are, every other one NumPy arrays.

    Raises:
        ArgumentError: The dataset never ends, and neither would an epoch.
    """
    from multikeras.ops._owners import owner_of

    count = int(x.cardinality())
    if count == -1 and steps is None:
        raise ArgumentError(
            "An epoch of a dataset without an end has a number of steps.",
            received="a dataset that repeats",
            hint="steps_per_epoch=100",
        )
    specs: list[Any] = []
    map_structure(specs.append, x.element_spec)
    # The specs say what type of tensor comes, before any does.
    own = all(owner_of(getattr(spec, "value_type", object)) is current() for spec in specs)
    return (lambda: iter(x)) if own else x.as_numpy_iterator, count if count >= 0 else None


def loader(x: Any) -> tuple[Callable[[], Iterator[Any]], int | None]:
    """What reads a loader in the manner of torch's once, with its tensors as NumPy arrays, and its number of batches.

    On a CPU the arrays share their memory with the tensors.
    """

    def epoch() -> Iterator[Any]:
        for batch in x:
            yield map_structure(_on_host, tuple(batch) if isinstance(batch, list) else batch)

    return epoch, length(x)


def _on_host(leaf: Any) -> Any:
    from multikeras.ops._owners import owner_of

    owner = owner_of(type(leaf))
    if owner is not None:
        # What is on a device of this backend already stays there.
        return leaf if owner is current() and not getattr(leaf, "is_cpu", True) else owner.tensors.to_numpy(leaf)
    return np.asarray(leaf.detach().cpu()) if hasattr(leaf, "detach") else leaf


def length(x: Any) -> int | None:
    """How many batches an iterable says that it has; `None` where it does not, or says that they never end."""
    try:
        count = len(x)
    except TypeError:
        return None
    return None if count >= sys.maxsize else count
