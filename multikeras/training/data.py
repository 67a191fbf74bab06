"""Where batches come from: arrays, native tensors, generators and other iterables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from multikeras.backend.select import current
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, MixedBackendsError, ShapeError, StructureError
from multikeras.graph.operation import flatten, map_structure
from multikeras.random import portable
from multikeras.random.seed import host_key
from multikeras.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight


class Source:
    """Batches, epoch by epoch: each iteration over it is one epoch.

    Args:
        epoch: A function that returns an iterator over the batches of an epoch.
        steps: The number of batches of an epoch, `None` where only the end of the data will tell.
        close: Called when nothing more is read.
        even_steps: How many of them, from the first on, have one shape; `None` where that is unknown.
        lasting: Whether the arrays of a batch keep their values once the next one is asked for. Those of a user's
            iterable may be filled again.
    """

    def __init__(
        self,
        epoch: Callable[[], Iterator[Any]],
        steps: int | None,
        close: Callable[[], None] | None = None,
        lasting: bool = False,
        even_steps: int | None = None,
    ) -> None:
        self._epoch = epoch
        self.steps = steps
        self.even_steps = even_steps
        self.lasting = lasting
        self._close = close
        self._begun: Iterator[Any] | None = None

    def peek(self) -> Any:
        """The first batch of the epoch to come, which is not consumed."""
        iterator = self._begun if self._begun is not None else self._epoch()
        try:
            first = next(iterator)
        except StopIteration:
            raise ArgumentError("There is at least one batch in an epoch.", received="data without a batch") from None
        self._begun = itertools.chain([first], iterator)
        return first

    def __iter__(self) -> Iterator[Any]:
        iterator, self._begun = (self._begun if self._begun is not None else self._epoch()), None
        return iterator

    def close(self) -> None:
        """Nothing more is read."""
        self._begun = None
        if self._close is not None:
            self._close()


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
) -> Source:
    """The source of whatever `fit`, `evaluate` and `predict` take as data.

    Args:
        x: Arrays or tensors in any nesting, or an iterable of batches.
        y: Targets; `None` with an iterable.
        sample_weight: Weights; `None` with an iterable.
        batch_size: Samples a batch, 32 by default.
        steps: Batches an epoch.
        shuffle: Whether the samples are shuffled before each epoch.
        what: The caller's name, for messages.
        whole: Whether all samples are one batch.

    Raises:
        ArgumentError: The data is of no known kind, or arguments do not go together.
        ShapeError: The lengths differ.
    """
    if x is None:
        raise ArgumentError(f"{what} needs data.", received="x=None", hint=f"{what}(x, y)")
    if steps is not None and (isinstance(steps, bool) or steps < 1):
        raise ArgumentError("The number of steps is an integer from 1 on.", received=repr(steps))
    if is_iterable_of_batches(x):
        if y is not None or sample_weight is not None:
            raise ArgumentError(
                "An iterable of batches yields the targets and weights itself.",
                received="y or sample_weight beside it",
                hint="yield (x, y, sample_weight)",
            )
        return _iterable_source(x, steps)
    return _array_source(x, y, sample_weight, batch_size, steps, shuffle, whole)


def is_iterable_of_batches(x: Any) -> bool:
    """Whether `x` yields batches, rather than being one."""
    from multikeras.ops._owners import HOST_TYPES, owner_of

    if isinstance(x, (dict, list, tuple, str, *HOST_TYPES)) or owner_of(type(x)) is not None:
        return False
    return hasattr(x, "__next__") or (hasattr(x, "__iter__") and not hasattr(x, "__array__"))


def _iterable_source(x: Iterable[Any], steps: int | None) -> Source:
    """Batches of a generator, which goes on from epoch to epoch, or of an iterable, which starts afresh."""
    endless = hasattr(x, "__next__")
    iterator: Iterator[Any] | None = iter(x) if endless else None
    if steps is None and not endless:
        try:
            steps = len(x)  # type: ignore[arg-type]
        except TypeError:
            steps = None

    def epoch() -> Iterator[Any]:
        batches = iterator if iterator is not None else iter(x)
        checked = (_checked_batch(batch) for batch in batches)
        return itertools.islice(checked, steps) if steps is not None else checked

    return Source(epoch, steps)


def _checked_batch(batch: Any) -> Any:
    x, y, sample_weight = unpack_x_y_sample_weight(batch)
    parts = tuple(map_structure(prepare_array, part) for part in (x, y, sample_weight))
    _same_length(parts)
    return pack_x_y_sample_weight(*parts)


def _array_source(
    x: Any, y: Any, sample_weight: Any, batch_size: int | None, steps: int | None, shuffle: bool, whole: bool
) -> Source:
    parts = tuple(map_structure(prepare_array, part) for part in (x, y, sample_weight))
    size = _same_length(parts)
    if batch_size is None:
        batch_size = max(size, 1) if whole else 32
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ArgumentError("batch_size is an integer from 1 on.", received=repr(batch_size), hint="batch_size=32")
    batches = -(-size // batch_size)
    packed = pack_x_y_sample_weight(*parts)
    leaves = flatten(packed)

    def once(order: np.ndarray | None) -> Iterator[Any]:
        for start in range(0, size, batch_size):
            if order is None:
                rows: Any = slice(start, start + batch_size)
            else:
                rows = order[start : start + batch_size]
            made = iter([None if leaf is None else _rows(leaf, rows) for leaf in leaves])
            yield map_structure(lambda _, made=made: next(made), packed)

    def epoch() -> Iterator[Any]:
        return once(portable.permutation(host_key(None), size) if shuffle else None)

    if steps is None:
        return Source(epoch, batches, lasting=True, even_steps=size // batch_size)
    # More steps than batches: the data is gone through again, and reading goes on there in the next epoch.
    stream = itertools.chain.from_iterable(epoch() for _ in itertools.count()) if size else iter(())
    return Source(lambda: itertools.islice(stream, steps), steps, lasting=True)


def prepare_array(leaf: Any) -> Any:
    """One array of the data: host floats in floatx; native tensors as they are.

    Raises:
        MixedBackendsError: A tensor of another backend than the current one.
    """
    from multikeras.ops._owners import owner_of
    from multikeras.ops._values import host_array

    if leaf is None:
        return None
    backend = current()
    owner = owner_of(type(leaf))
    if owner is backend:
        return leaf
    if owner is not None:
        raise MixedBackendsError(
            f"The data of a model of {backend.name} is made of its tensors, or of NumPy arrays.",
            received=f"a tensor of {owner.name}",
            hint="multikeras.ops.convert_to_numpy(x)",
        )
    array = host_array(leaf)
    if array.ndim == 0:
        raise ShapeError("Data has a first axis, that of the samples.", received="a scalar")
    if array.dtype.kind == "f":
        return array.astype(lattice.numpy_dtype(lattice.strong("float")), copy=False)
    if array.dtype.kind in "USO":
        raise StructureError("The data of a model is made of numbers.", received=f"dtype {array.dtype}")
    return array


def _same_length(parts: tuple[Any, ...]) -> int:
    sizes = {}
    for name, part in zip(("x", "y", "sample_weight"), parts, strict=True):
        for leaf in flatten(part):
            if leaf is not None:
                sizes.setdefault(int(leaf.shape[0]), name)
    if not sizes:
        raise ArgumentError("There is data to go through.", received="no array")
    if len(sizes) > 1:
        raise ShapeError(
            "All arrays have one number of samples.",
            received=", ".join(f"{name} with {size}" for size, name in sizes.items()),
            hint="x.shape[0] == y.shape[0]",
        )
    return next(iter(sizes))


def _rows(leaf: Any, rows: Any) -> Any:
    if isinstance(leaf, np.ndarray) or isinstance(rows, slice):
        return leaf[rows]
    from multikeras import ops

    return ops.take(leaf, rows, axis=0)


def split_validation(x: Any, y: Any, sample_weight: Any, share: float) -> tuple[tuple, tuple]:
    """The data, and its last `share` for validation.

    Raises:
        ArgumentError: The data cannot be split, or one part would be empty.
    """
    if not 0 < share < 1:
        raise ArgumentError("validation_split lies between 0 and 1.", received=str(share), hint="validation_split=0.1")
    if is_iterable_of_batches(x):
        raise ArgumentError(
            "validation_split takes the end of arrays.", received="an iterable of batches", hint="validation_data=..."
        )
    parts = tuple(map_structure(prepare_array, part) for part in (x, y, sample_weight))
    size = _same_length(parts)
    kept = int(size * (1.0 - share))
    if kept == 0 or kept == size:
        raise ArgumentError("Both parts of a split have samples.", received=f"{size} samples, validation_split={share}")
    front = tuple(map_structure(lambda a: None if a is None else a[:kept], part) for part in parts)
    back = tuple(map_structure(lambda a: None if a is None else a[kept:], part) for part in parts)
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
