"""Entries picked by index.

`jax.numpy` moves an index that is out of range into it. Here it is an error where its value is at hand on the host;
inside a compiled step, and on an accelerator, it picks nan or 0.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from multikeras import ops
from multikeras.ops._indices import as_key, check_range, outside, selected_shape, within_from_0
from multikeras.ops._rules import canonical_axis
from multikeras_jax.compiled import at_hand, compiled, size_from_values
from multikeras_jax.table import table


def nothing(dtype: Any) -> Any:
    """What an index out of range picks."""
    return math.nan if jnp.issubdtype(dtype, jnp.inexact) else 0


def _pick(x: Any, key: Any) -> Any:
    return x.at[key].get(mode="fill", fill_value=nothing(x.dtype))


def _take(x: Any, indices: Any, axis: int | None) -> Any:
    if axis is None:
        x, axis = x.ravel(), 0
    if not x.size:
        # Of nothing JAX takes nothing, whatever the shape of the indices.
        axis = canonical_axis(axis, x.ndim)
        return jnp.full((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]), nothing(x.dtype), x.dtype)
    return jnp.take(x, signed(indices), axis, mode="fill", fill_value=nothing(x.dtype))


def signed(indices: Any) -> Any:
    """Indices in a dtype that holds negative ones, which unsigned ones are compared with on the way."""
    if indices.dtype.kind != "u":
        return indices
    if indices.dtype.itemsize < 4:
        return indices.astype(jnp.int32)
    wide = jnp.int64 if jax.config.read("jax_enable_x64") else jnp.int32
    # What does not fit is out of range as well as the largest that does.
    return jnp.minimum(indices, np.asarray(jnp.iinfo(wide).max).astype(indices.dtype)).astype(wide)


_taken = compiled(_take, 2)


@table.implements(ops.take)
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    if indices.dtype.kind not in "iu":
        raise TypeError("no indices")
    if at_hand(indices):
        check_range(indices, x.size if axis is None else x.shape[axis], axis or 0)
    return _taken(x, indices, axis)


def _take_along(x: Any, indices: Any, axis: int | None, mode: str) -> Any:
    if axis is None:
        x, axis = x.ravel(), 0
    return jnp.take_along_axis(x, signed(indices), axis, mode=mode, fill_value=nothing(x.dtype))


_taken_along = compiled(_take_along, 2, 3)


@table.implements(ops.take_along_axis)
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    if indices.dtype.kind not in "iu":
        raise TypeError("no indices")
    if at_hand(indices):
        position = 0 if axis is None else canonical_axis(axis, x.ndim)
        size = x.size if axis is None else x.shape[position]
        if indices.size and within_from_0(np.asarray(indices), size):
            # No negative one to be turned round, none to pick nothing: that saves more time than the look took.
            return _taken_along(x, indices, axis, "promise_in_bounds")
        check_range(indices, size, position)
    return _taken_along(x, indices, axis, "fill")


def _select(x: Any, arrays: list[Any], form: tuple[Any, ...]) -> Any:
    """`x` at the key that a form makes of arrays."""
    given = iter(arrays)
    key = tuple(
        next(given) if entry == "array" else slice(*entry[1:]) if type(entry) is tuple else entry for entry in form
    )
    return _pick(x, key)


_selected = compiled(_select, 2)


@table.implements(ops.get_item)
def get_item(x: Any, key: Any) -> Any:
    if type(key) is int and x.ndim:
        if not -x.shape[0] <= key < x.shape[0]:
            raise outside(key, x.shape[0], 0)
        # Not static, so that one compiled function serves all integers.
        return x[key] if isinstance(x, Tracer) else _selected(x, [np.int32(key)], ("array",))
    entries = as_key(key)
    checked = tuple(np.asarray(e) if isinstance(e, jax.Array) and at_hand(e) else e for e in entries)
    selected_shape(x.shape, checked)
    form, arrays = [], []
    for entry in entries:
        if isinstance(entry, (list, np.ndarray, jax.Array)):
            array = np.asarray(entry) if isinstance(entry, list) else entry
            if array.dtype == bool:
                # How many entries a mask selects has to be known.
                with size_from_values("x[mask]", "ops.where(mask, x, 0.0)"):
                    return x[tuple(np.asarray(e) if isinstance(e, list) else e for e in entries)]
            form.append("array")
            arrays.append(signed(array) if array.size else array.astype(np.int32))
        elif isinstance(entry, slice):
            form.append(
                ("slice", *(None if b is None else b.__index__() for b in (entry.start, entry.stop, entry.step)))
            )
        else:
            form.append(entry if entry is None or entry is Ellipsis else entry.__index__())
    return _selected(x, arrays, tuple(form))
