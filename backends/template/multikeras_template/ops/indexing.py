"""Entries read and written by index."""

from collections.abc import Callable, Iterator
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval

from multikeras import ops
from multikeras.ops._indices import as_key
from multikeras_template.picking import broadcast_to, moving, numbered, picked, select, spread
from multikeras_template.table import table
from multikeras_template.tensors import cast


@table.implements(ops.get_item)
def get_item(x: Any, key: Any) -> Any:
    entries = tuple(getval(entry) for entry in as_key(key))
    if any(isinstance(entry, (bool, np.bool_, str)) for entry in entries):
        raise IndexError("NumPy would take these for masks and fields")
    return x[entries]


def _signed(indices: Any) -> Any:
    return indices.astype(np.int64) if indices.dtype == np.uint64 else indices


table.alias(
    take=moving(lambda x, indices, axis: np.take(x, _signed(indices), axis)),
    take_along_axis=moving(lambda x, indices, axis: np.take_along_axis(x, _signed(indices), axis)),
)


def _window(start_indices: Any, sizes: Any, shape: tuple[int, ...]) -> tuple[slice, ...]:
    starts = [int(start) for start in np.ravel(start_indices)]
    ends = [n if size == -1 else s + size for s, size, n in zip(starts, sizes, shape, strict=True)]
    if any(not 0 <= s <= e <= n for s, e, n in zip(starts, ends, shape, strict=True)):
        raise IndexError("a part of the window lies outside")
    return tuple(slice(s, e) for s, e in zip(starts, ends, strict=True))


@table.implements(ops.slice)
def slice_(inputs: Any, start_indices: Any, shape: Any) -> Any:
    return inputs[_window(start_indices, shape, inputs.shape)]


def _written(inputs: Any, places: np.ndarray, updates: Any, combine: Callable) -> Any:
    """`inputs` with the updates combined into these places, of which none occurs twice."""
    source = np.full(inputs.size, -1)
    source[places] = np.arange(places.size)
    source = source.reshape(inputs.shape)
    if not places.size:
        return inputs
    return select(source >= 0, combine(inputs, picked(updates, np.maximum(source, 0))), inputs)


@table.implements(ops.slice_update)
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    places = numbered(inputs.shape)[_window(start_indices, updates.shape, inputs.shape)]
    return _written(inputs, places.reshape(-1), cast(updates, inputs.dtype.name), lambda old, new: new)


def _places(indices: Any, shape: Any) -> np.ndarray:
    return numbered(shape)[tuple(np.moveaxis(_signed(indices), -1, 0))]


@table.implements(ops.scatter)
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    places = _places(indices, shape)
    return spread(broadcast_to(values, places.shape), places, shape)


def _rounds(places: np.ndarray) -> Iterator[np.ndarray]:
    """Positions in `places`, in order, such that no place occurs twice in a round."""
    order = np.argsort(places, kind="stable")
    _, first, counts = np.unique(places[order], return_index=True, return_counts=True)
    occurrence = np.arange(len(places)) - np.repeat(first, counts)
    for number in range(counts.max(initial=0)):
        yield order[occurrence == number]


_COMBINE = {None: lambda old, new: new, "add": anp.add, "mul": anp.multiply, "max": anp.maximum, "min": anp.minimum}


@table.implements(ops.scatter_update)
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None) -> Any:
    combine = _COMBINE[reduction]
    places = _places(indices, inputs.shape)
    entries = anp.reshape(broadcast_to(cast(updates, inputs.dtype.name), places.shape), (-1,))
    for positions in _rounds(places.reshape(-1)):
        inputs = _written(inputs, places.reshape(-1)[positions], picked(entries, positions), combine)
    return inputs
