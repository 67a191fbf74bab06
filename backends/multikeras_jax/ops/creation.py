"""Tensors made from nothing but a shape."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.ops._values import filling
from multikeras.ops.ranges import range_dtype
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table
from multikeras_jax.tensors import native_dtype

_zeros = compiled(jnp.zeros, 0, 1)
_ones = compiled(jnp.ones, 0, 1)
_full = compiled(lambda shape, value: jnp.full(shape, value, value.dtype), 0)
_eye = compiled(jnp.eye, 0, 1, 2, 3)
_tri = compiled(jnp.tri, 0, 1, 2, 3)
_count = compiled(jnp.arange, 0, 1, 2, 3)


def _dtype(dtype: Any) -> np.dtype:
    return native_dtype(standardize(dtype))


def _like(x: Any, dtype: Any) -> np.dtype:
    return x.dtype if dtype is None else native_dtype(standardize(dtype))


def _value(value: Any, dtype: np.dtype) -> Any:
    """The value to fill with, in its final dtype."""
    if isinstance(value, jax.Array):
        return value.astype(dtype)
    return filling(value, dtype)


@table.implements(ops.zeros)
def zeros(shape: Any, dtype: Any = None) -> jax.Array:
    return _zeros(shape, _dtype(dtype))


@table.implements(ops.ones)
def ones(shape: Any, dtype: Any = None) -> jax.Array:
    return _ones(shape, _dtype(dtype))


@table.implements(ops.full)
def full(shape: Any, fill_value: Any, dtype: Any = None) -> jax.Array:
    return _full(shape, _value(fill_value, _dtype(dtype)))


table.alias(empty=zeros)


@table.implements(ops.zeros_like)
def zeros_like(x: Any, dtype: Any = None) -> jax.Array:
    return _zeros(x.shape, _like(x, dtype))


@table.implements(ops.ones_like)
def ones_like(x: Any, dtype: Any = None) -> jax.Array:
    return _ones(x.shape, _like(x, dtype))


table.alias(empty_like=zeros_like)


@table.implements(ops.full_like)
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> jax.Array:
    return _full(x.shape, _value(fill_value, _like(x, dtype)))


@table.implements(ops.eye)
def eye(n: int, m: int | None = None, k: int = 0, dtype: Any = None) -> jax.Array:
    return _eye(n, m, k, _dtype(dtype))


@table.implements(ops.tri)
def tri(n: int, m: int | None = None, k: int = 0, dtype: Any = None) -> jax.Array:
    if n < 0 or (m is not None and m < 0):
        raise ValueError("a negative size")
    return _tri(n, m, k, _dtype(dtype))


@table.implements(ops.arange)
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> jax.Array:
    native = native_dtype(range_dtype(start, stop, step, dtype=dtype))
    if stop is None:
        start, stop = 0, start
    if step is None:
        step = 1
    if type(start) is int and type(stop) is int and type(step) is int and native.kind in "iu":
        return _count(start, stop, step, native)
    # In the precision of the numbers themselves, then rounded once.
    numbers: list[Any] = [np.asarray(x) for x in (start, stop, step)]
    return jnp.asarray(np.arange(*numbers).astype(native))


def _spaced(start: Any, stop: Any, step: Any, num: int, endpoint: bool, dtype: np.dtype) -> jax.Array:
    places = jax.lax.iota(jnp.int32, num)
    numbers = places.astype(jnp.float64) * step + start
    return (jnp.where(places == num - 1, stop, numbers) if endpoint else numbers).astype(dtype)


_evenly = compiled(_spaced, 3, 4, 5)
_NUMBERS = (int, float)
_ROUNDED = ("float32", "float16", "bfloat16")
# From how many numbers on the body, on the host, takes longer than a compiled function saves.
_MANY = 65_536


@table.implements(ops.linspace)
def linspace(start: Any, stop: Any, num: int, endpoint: bool, retstep: bool, dtype: Any, axis: int) -> Any:
    plain = type(num) is int and num >= _MANY and type(start) in _NUMBERS and type(stop) in _NUMBERS
    if plain and not retstep and axis in (0, -1):
        wanted = _dtype(dtype)
        step = (stop - start) / (num - 1 if endpoint else num)
        if wanted.name in _ROUNDED and math.isfinite(step) and jax.default_backend() in _IN_DOUBLE:
            # In double precision inside of the function alone, whatever the setting is.
            with jax.enable_x64(True):
                return _evenly(np.float64(start), np.float64(stop), np.float64(step), num, bool(endpoint), wanted)
    return table.composite(ops.linspace)(start, stop, num, endpoint, retstep, dtype, axis)


_IN_DOUBLE = ("cpu", "gpu")
