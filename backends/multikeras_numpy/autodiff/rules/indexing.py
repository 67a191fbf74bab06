"""Entries picked by index: their cotangents are added up where they came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops._indices import as_key
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.recording import differentiable


def _is_basic(key: Any) -> bool:
    entries = key if type(key) is tuple else (key,)
    return all(entry is None or entry is Ellipsis or isinstance(entry, (int, slice)) for entry in entries)


@differentiable([0], needs="nothing")
def put(values: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros with values added to the entries that `key` picks."""
    result = np.zeros(shape, values.dtype)
    if _is_basic(key):
        result[key] = values
    else:
        np.add.at(result, as_key(key), values)
    return result


put.pulls[0] = lambda g, _, values, key, shape: ops.get_item(g, key)

gradient(ops.get_item, needs="nothing", x=lambda g, y, x, key: put(g, key, x.shape))


@differentiable([0], needs="nothing")
def put_slices(values: Any, indices: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """Zeros with slices added to those that `indices` pick along an axis."""
    moved = (shape[axis], *shape[:axis], *shape[axis + 1 :])
    result = np.zeros(moved, values.dtype)
    places = np.asarray(indices).astype(np.int64, copy=False).reshape(-1)
    rows = np.moveaxis(values.reshape((*shape[:axis], places.size, *shape[axis + 1 :])), axis, 0)
    if rows.size:
        # Sorted by place, each place is one sum over neighbours, which is much faster than adding them one by one.
        places = np.where(places < 0, places + shape[axis], places)
        order = np.argsort(places, kind="stable")
        places = places[order]
        starts = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
        result[places[starts]] = np.add.reduceat(rows[order], starts, axis=0)
    return np.moveaxis(result, 0, axis)


put_slices.pulls[0] = lambda g, _, values, indices, axis, shape: ops.take(g, indices, axis)


def _take(g: Any, y: Any, x: Any, indices: Any, axis: int | None) -> Any:
    if axis is None:
        flat = put_slices(ops.reshape(g, (-1,)), indices, 0, (x.size,))
        return ops.reshape(flat, x.shape)
    return put_slices(g, indices, axis % x.ndim, x.shape)


gradient(ops.take, needs="arguments", x=_take)


@differentiable([0], needs="nothing")
def put_along_axis(values: Any, indices: Any, axis: int | None, shape: tuple[int, ...]) -> Any:
    """Zeros with values added to the entries that `take_along_axis` picks."""
    result = np.zeros(shape, values.dtype)
    indices = indices.astype(np.int64, copy=False)
    if axis is None:
        np.add.at(result.reshape(-1), indices.reshape(-1), values.reshape(-1))
        return result
    axis %= len(shape)
    values = np.broadcast_to(values, (*shape[:axis], values.shape[axis], *shape[axis + 1 :]))
    grid = list(np.ogrid[tuple(slice(size) for size in shape)])
    grid[axis] = indices
    np.add.at(result, tuple(grid), values)
    return result


put_along_axis.pulls[0] = lambda g, _, values, indices, axis, shape: ops.take_along_axis(g, indices, axis)


def _take_along_axis(g: Any, y: Any, x: Any, indices: Any, axis: int | None) -> Any:
    shape = x.shape
    if axis is not None and indices.shape != shape:
        # Along other axes either may have been broadcast to the other.
        along = axis % len(shape)
        shape = tuple(size if i == along else g.shape[i] for i, size in enumerate(shape))
    return put_along_axis(g, indices, axis, shape)


gradient(ops.take_along_axis, needs="arguments", x=_take_along_axis)
