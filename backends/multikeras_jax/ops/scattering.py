"""Windows read and written, and entries written by index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from multikeras import ops
from multikeras.ops._indices import check_range
from multikeras.ops.scattering import ORDERED
from multikeras_jax.compiled import at_hand, compiled, frozen_lists
from multikeras_jax.ops.indexing import signed
from multikeras_jax.table import table


def _starts(start_indices: Any, sizes: Sequence[int], shape: Sequence[int]) -> tuple[Any, list[int] | None]:
    """Where a window starts as JAX takes it, and as integers where they are at hand.

    Raises:
        IndexError: The window does not lie inside.
    """
    entries = list(start_indices) if isinstance(start_indices, (list, tuple)) else [start_indices]
    if not all(at_hand(entry) for entry in entries):
        starts = jnp.concatenate([jnp.ravel(jnp.asarray(entry)) for entry in entries])
        if len(starts) != len(shape):
            raise IndexError("as many starts as axes")
        return tuple(starts), None
    known = [int(start) for entry in entries for start in np.atleast_1d(entry)]
    for start, size, whole in zip(known, sizes, shape, strict=True):
        if start < 0 or size < -1 or start + (0 if size == -1 else size) > whole:
            raise IndexError("a window that sticks out")
    return tuple(np.int32(start) for start in known), known


_read = compiled(jax.lax.dynamic_slice, 2)
_written = compiled(lambda x, updates, starts: jax.lax.dynamic_update_slice(x, updates.astype(x.dtype), starts))


@table.implements(ops.slice)
def slice_(inputs: Any, start_indices: Any, shape: Any) -> Any:
    sizes = [size.__index__() for size in shape]
    starts, known = _starts(start_indices, sizes, inputs.shape)
    if -1 in sizes:
        if known is None:
            raise ValueError("the rest of an axis from a place that is not known")
        sizes = [n - s if size == -1 else size for size, s, n in zip(sizes, known, inputs.shape, strict=True)]
    return _read(inputs, starts, frozen_lists(sizes))


@table.implements(ops.slice_update)
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    if updates.ndim != inputs.ndim:
        raise ValueError("as many axes")
    starts, _ = _starts(start_indices, updates.shape, inputs.shape)
    return _written(inputs, updates, starts)


# Sums and products of bools are the logical or and and.
_OF_BOOLS = {"add": "max", "mul": "min"}
_METHODS = {None: "set", "add": "add", "mul": "multiply", "max": "max", "min": "min"}


@jax.custom_jvp
def _multiplied(x: Any, updates: Any, key: Any) -> Any:
    return x.at[key].multiply(updates, mode="drop")


@_multiplied.defjvp
def _multiplied_jvp(primals: Any, tangents: Any) -> Any:
    """JAX knows no gradient of products in places that occur several times."""
    x, updates, key = primals
    zero = updates == 0
    rest = jnp.where(zero, 1, updates)
    # The product of the updates of a place but for zeros, and how many of these there are.
    product = _multiplied(jnp.ones_like(x), rest, key)
    zeros = jnp.zeros(x.shape, jnp.int32).at[key].add(zero.astype(jnp.int32), mode="drop")
    others = jnp.where(zeros[key] == zero, product[key] / rest, 0)
    change = jnp.where(zeros == 0, product, 0) * tangents[0]
    change = change.at[key].add(x[key] * others * tangents[1], mode="drop")
    return _multiplied(x, updates, key), change


def _write(x: Any, indices: Any, updates: Any, reduction: str | None) -> Any:
    if x.dtype == bool and reduction in _OF_BOOLS:
        reduction = _OF_BOOLS[reduction]
    key = tuple(jnp.moveaxis(signed(indices), -1, 0))
    wanted = (*indices.shape[:-1], *x.shape[len(key) :])
    updates = jnp.broadcast_to(updates.astype(x.dtype), wanted)
    if reduction == "mul" and jnp.issubdtype(x.dtype, jnp.inexact):
        return _multiplied(x, updates, key)
    return getattr(x.at[key], _METHODS[reduction])(updates, mode="drop")


_scattered = compiled(_write, 3)
_added = compiled(lambda indices, values, shape: _write(jnp.zeros(shape, values.dtype), indices, values, "add"), 2)


def _check(indices: Any, shape: Sequence[int]) -> None:
    """Raise where an index is no integer, or its value is at hand and out of range."""
    if indices.dtype.kind not in "iu":
        raise TypeError("no indices")
    if at_hand(indices):
        host = np.asarray(indices)
        for axis in range(host.shape[-1]):
            check_range(host[..., axis], shape[axis], axis)


@table.implements(ops.scatter)
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    sizes = (shape,) if hasattr(shape, "__index__") else tuple(shape)
    if indices.shape[-1] > len(sizes):
        raise ValueError("more indices than axes")
    _check(indices, sizes)
    return _added(indices, values, sizes)


@table.implements(ops.scatter_update)
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    if indices.shape[-1] > inputs.ndim:
        raise ValueError("more indices than axes")
    if reduction in ORDERED and jnp.iscomplexobj(inputs):
        raise TypeError("complex numbers have no order")
    _check(indices, inputs.shape)
    return _scattered(inputs, indices, updates, reduction)
