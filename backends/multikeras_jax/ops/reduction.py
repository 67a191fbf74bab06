"""Axes summed up, averaged, or reduced to their largest, smallest, any or all."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.ops._rules import accumulated, canonical_axis
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table
from multikeras_jax.tensors import native_dtype


def _prod(x: Any, axis: Any, keepdims: bool, dtype: Any) -> Any:
    result = native_dtype(accumulated(x.dtype.name) if dtype is None else standardize(dtype))
    return jnp.prod(x.astype(result), axis, result, keepdims=keepdims)


table.alias(
    all=compiled(lambda x, axis, keepdims: jnp.all(x, axis, keepdims=keepdims), 1, 2),
    amax=compiled(lambda x, axis, keepdims: jnp.max(x, axis, keepdims=keepdims), 1, 2),
    amin=compiled(lambda x, axis, keepdims: jnp.min(x, axis, keepdims=keepdims), 1, 2),
    any=compiled(lambda x, axis, keepdims: jnp.any(x, axis, keepdims=keepdims), 1, 2),
    count_nonzero=compiled(lambda x, axis: jnp.sum(x != 0, axis, jnp.int32), 1),
    mean=compiled(lambda x, axis, keepdims: jnp.mean(x, axis, keepdims=keepdims), 1, 2),
    prod=compiled(_prod, 1, 2, 3),
    sum=compiled(lambda x, axis, keepdims: jnp.sum(x, axis, accumulated(x.dtype.name), keepdims=keepdims), 1, 2),
)

_max = compiled(lambda x, axis, keepdims, initial: jnp.max(x, axis, keepdims=keepdims, initial=initial), 1, 2)
_min = compiled(lambda x, axis, keepdims, initial: jnp.min(x, axis, keepdims=keepdims, initial=initial), 1, 2)


@table.implements(ops.max)
def max(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    return _max(x, axis, keepdims, None if initial is None else jnp.asarray(initial).astype(x.dtype))


@table.implements(ops.min)
def min(x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    return _min(x, axis, keepdims, None if initial is None else jnp.asarray(initial).astype(x.dtype))


def _position(find: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    flat, along = (x.ravel(), 0) if axis is None else (x, canonical_axis(axis, x.ndim))
    found = find(flat, along, jnp.int32)
    if keepdims:
        return jnp.reshape(found, (1,) * x.ndim) if axis is None else jnp.expand_dims(found, axis)
    return found


table.alias(
    argmax=compiled(lambda x, axis, keepdims: _position(jax.lax.argmax, x, axis, keepdims), 1, 2),
    argmin=compiled(lambda x, axis, keepdims: _position(jax.lax.argmin, x, axis, keepdims), 1, 2),
)
