"""Windows read and written, and entries written by index."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.selection import kept_where

gradient(
    ops.slice,
    needs="nothing",
    inputs=lambda g, y, inputs, start_indices, shape: ops.slice_update(
        ops.zeros(inputs.shape, g.dtype.name), start_indices, g
    ),
)
gradient(
    ops.slice_update,
    needs="nothing",
    inputs=lambda g, y, inputs, start_indices, updates: ops.slice_update(
        g, start_indices, ops.zeros(updates.shape, g.dtype.name)
    ),
    updates=lambda g, y, inputs, start_indices, updates: ops.slice(g, start_indices, updates.shape),
)


def _picked(x: Any, indices: Any) -> Any:
    """The entries that a scattering writes to."""
    return ops.get_item(x, tuple(np.moveaxis(indices, -1, 0)))


gradient(ops.scatter, needs="arguments", values=lambda g, y, indices, values, shape: _picked(g, indices))


def _inputs(g: Any, y: Any, inputs: Any, indices: Any, updates: Any, reduction: str | None) -> Any:
    if reduction == "add":
        return g
    if reduction == "mul":
        return ops.scatter_update(g, indices, updates, "mul")
    if reduction is None:
        return ops.scatter_update(g, indices, ops.zeros_like(updates))
    return kept_where(ops.equal(inputs, y), g / _count(y, inputs, indices, updates))


def _updates(g: Any, y: Any, inputs: Any, indices: Any, updates: Any, reduction: str | None) -> Any:
    if reduction == "add":
        return _picked(g, indices)
    if reduction == "mul":
        return _picked(g, indices) * _other_factors(inputs, indices, updates)
    if reduction is None:
        # Of several updates of one entry the one that was written has an effect.
        serials = np.broadcast_to(np.arange(updates.size).reshape(updates.shape), _picked(g, indices).shape)
        written = ops.scatter_update(np.zeros(inputs.shape, serials.dtype), indices, serials)
        return kept_where(ops.equal(_picked(written, indices), serials), _picked(g, indices))
    share = _picked(g / _count(y, inputs, indices, updates), indices)
    return kept_where(ops.equal(updates, _picked(y, indices)), share)


def _count(y: Any, inputs: Any, indices: Any, updates: Any) -> Any:
    """How many candidates equal the largest or smallest, which share its cotangent."""
    dtype = y.dtype.name
    equal_updates = ops.cast(ops.equal(updates, _picked(y, indices)), dtype)
    return ops.scatter_update(ops.cast(ops.equal(inputs, y), dtype), indices, equal_updates, "add")


def _other_factors(inputs: Any, indices: Any, updates: Any) -> Any:
    """For each update the product of what else is multiplied into its entry, also where factors are 0."""
    zero = ops.equal(updates, 0)
    rest = ops.where(zero, ops.ones_like(updates), updates)
    product = _picked(ops.scatter_update(inputs, indices, rest, "mul"), indices)
    counts = np.zeros(inputs.shape, "int32")
    zeros = _picked(ops.scatter_update(counts, indices, ops.cast(zero, "int32"), "add"), indices)
    return kept_where(ops.equal(zeros, ops.cast(zero, "int32")), product / rest)


gradient(ops.scatter_update, inputs=_inputs, updates=_updates)
