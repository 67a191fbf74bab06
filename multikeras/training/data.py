"""Where batches come from: arrays, frames, tensors, datasets, generators and other iterables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from multikeras.backend.select import current
from multikeras.errors import ArgumentError
from multikeras.graph.operation import flatten, map_structure
from multikeras.random import portable
from multikeras.random.seed import host_key
from multikeras.training.arrays import prepare_parts, same_length
from multikeras.training.source import Source
from multikeras.training.sources.iterables import iterable_source
from multikeras.training.sources.readers import by_column, opened
from multikeras.training.sources.sparse import SparseRows
from multikeras.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight


def make_source(
    x: Any,
    y: Any,
    sample_weight: Any,
    *,
    batch_size: int | None,
    steps: int | None,
    shuffle: bool,
    what: str,
    whole: bool = False,
    model: Any = None,
) -> Source:
    """The source of whatever `fit`, `evaluate` and `predict` take as data.

    Args:
        x: Arrays, tensors, frames or sparse matrices in any nesting, or an iterable of batches, a dataset among them.
        y: Targets; `None` with an iterable.
        sample_weight: Weights; `None` with an iterable.
        batch_size: Samples a batch, 32 by default.
        steps: Batches an epoch.
        shuffle: Whether the samples are shuffled before each epoch.
        what: The caller's name, for messages.
        whole: Whether all samples are one batch.
        model: Whose inputs and outputs are looked up in frames by name.

    Raises:
        ArgumentError: The data is of no known kind, or arguments do not go together.
        ShapeError: The lengths differ.
    """
    if x is None:
        raise ArgumentError(f"{what} needs data.", received="x=None", hint=f"{what}(x, y)")
    if steps is not None and (isinstance(steps, bool) or steps < 1):
        raise ArgumentError("The number of steps is an integer from 1 on.", received=repr(steps))
    x = opened(x)
    if is_iterable_of_batches(x):
        if y is not None or sample_weight is not None:
            raise ArgumentError(
                "An iterable of batches yields the targets and weights itself.",
                received="y or sample_weight beside it",
                hint="yield (x, y, sample_weight)",
            )
        return iterable_source(x, steps, shuffle, model)
    if model is not None:
        x, y = by_column(model, x, y)
    return _array_source(x, y, sample_weight, batch_size, steps, shuffle, whole)


def is_iterable_of_batches(x: Any) -> bool:
    """Whether `x` yields batches, rather than being one."""
    from multikeras.ops._owners import HOST_TYPES, owner_of

    if isinstance(x, (dict, list, tuple, str, *HOST_TYPES)) or owner_of(type(x)) is not None:
        return False
    return hasattr(x, "__next__") or (hasattr(x, "__iter__") and not hasattr(x, "__array__"))


def _array_source(
    x: Any, y: Any, sample_weight: Any, batch_size: int | None, steps: int | None, shuffle: bool, whole: bool
) -> Source:
    parts = prepare_parts(x, y, sample_weight)
    size = same_length(parts)
    if batch_size is None:
        batch_size = max(size, 1) if whole else 32
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ArgumentError("batch_size is an integer from 1 on.", received=repr(batch_size), hint="batch_size=32")
    batches = -(-size // batch_size)
    take = _taking(pack_x_y_sample_weight(*parts))

    def once(order: np.ndarray | None) -> Iterator[Any]:
        for start in range(0, size, batch_size):
            rows = slice(start, start + batch_size)
            yield take(rows if order is None else order[rows])

    def epoch() -> Iterator[Any]:
        return once(portable.permutation(host_key(None), size) if shuffle else None)

    if steps is None:
        return Source(epoch, batches, lasting=True, even_steps=size // batch_size)
    # More steps than batches: the data is gone through again, and reading goes on there in the next epoch.
    stream = itertools.chain.from_iterable(epoch() for _ in itertools.count()) if size else iter(())
    return Source(lambda: itertools.islice(stream, steps), steps, lasting=True)


def _part(leaf: Any, rows: slice) -> Any:
    if leaf is None:
        return None
    return leaf.part(rows) if isinstance(leaf, SparseRows) else leaf[rows]


def _taking(packed: Any) -> Callable[[Any], Any]:
    """What makes a batch of some rows. The nesting of data that has none, or is a pair of arrays, is not walked."""
    if isinstance(packed, np.ndarray):
        return packed.__getitem__
    if type(packed) is tuple and all(isinstance(part, np.ndarray) for part in packed):
        # Of an array's rows `take` makes a copy in half the time of an index.
        return lambda rows: tuple([part[rows] if type(rows) is slice else part.take(rows, 0) for part in packed])
    return lambda rows: map_structure(lambda leaf: _rows(leaf, rows), packed)


def _rows(leaf: Any, rows: Any) -> Any:
    if leaf is None:
        return None
    if isinstance(leaf, (np.ndarray, SparseRows)) or isinstance(rows, slice):
        return leaf[rows]
    from multikeras import ops

    return ops.take(leaf, rows, axis=0)


def split_validation(x: Any, y: Any, sample_weight: Any, share: float, model: Any = None) -> tuple[tuple, tuple]:
    """The data, and its last `share` for validation; frames are taken apart by name for `model`.

    Raises:
        ArgumentError: The data cannot be split, or one part would be empty.
    """
    if not 0 < share < 1:
        raise ArgumentError("validation_split lies between 0 and 1.", received=str(share), hint="validation_split=0.1")
    x = opened(x)
    if is_iterable_of_batches(x):
        raise ArgumentError(
            "validation_split takes the end of arrays.", received="an iterable of batches", hint="validation_data=..."
        )
    if model is not None:
        x, y = by_column(model, x, y)
    parts = prepare_parts(x, y, sample_weight)
    size = same_length(parts)
    kept = int(size * (1.0 - share))
    if kept == 0 or kept == size:
        raise ArgumentError("Both parts of a split have samples.", received=f"{size} samples, validation_split={share}")
    front = tuple(map_structure(lambda a: _part(a, slice(kept)), part) for part in parts)
    back = tuple(map_structure(lambda a: _part(a, slice(kept, None)), part) for part in parts)
    return front, back


def class_weighted(source: Source, class_weight: dict[int, float] | None) -> Source:
    """The batches with weights by the class of each sample.

    Raises:
        ArgumentError: Weights by class and by sample are both given, or there is more than one target.
    """
    if class_weight is None:
        return source
    table = dict(class_weight)

    def weigh(batch: Any) -> Any:
        x, y, sample_weight = unpack_x_y_sample_weight(batch)
        if sample_weight is not None:
            raise ArgumentError("Samples are weighted by class or one by one.", received="class_weight, sample_weight")
        targets = flatten(y)
        if len(targets) != 1 or targets[0] is None:
            raise ArgumentError("class_weight goes with one target.", received=f"{len(targets)} targets")
        array = current().tensors.to_numpy(targets[0]) if not isinstance(targets[0], np.ndarray) else targets[0]
        if array.ndim > 1 and array.shape[-1] > 1:
            classes = array.argmax(axis=-1)
        else:
            classes = array.reshape(array.shape[0], -1)[:, 0] if array.ndim > 1 else array
        classes = np.round(classes).astype(np.int64)
        weights = np.array([table.get(int(c), 1.0) for c in classes.reshape(-1)], np.float32).reshape(classes.shape)
        return x, y, weights

    return Source(
        lambda: (weigh(batch) for batch in source), source.steps, source.close, source.lasting, source.even_steps
    )
