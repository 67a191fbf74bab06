"""Poolings over windows, in the layout that the tensors have."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from multikeras import ops
from multikeras.config import standardize_data_format
from multikeras.ops.nn._windows import per_axis, pool_shape, read_padding
from multikeras.ops.segments import least_of
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table


def _windows(sizes: tuple[int, ...], data_format: str) -> tuple[int, ...]:
    return (1, 1, *sizes) if data_format == "channels_first" else (1, *sizes, 1)


def _maximum(x: Any, window: tuple[int, ...], strides: tuple[int, ...], padding: str) -> Any:
    combine = jax.lax.bitwise_or if x.dtype == bool else jax.lax.max
    return jax.lax.reduce_window(x, np.asarray(least_of(x.dtype.name), x.dtype)[()], combine, window, strides, padding)


def _mean(x: Any, window: tuple[int, ...], strides: tuple[int, ...], padding: str) -> Any:
    wide = x.astype(jnp.float32) if x.dtype.itemsize < 4 else x
    zero = np.zeros((), wide.dtype)[()]
    total = jax.lax.reduce_window(wide, zero, jax.lax.add, window, strides, padding)
    if padding == "VALID":
        count = np.asarray(math.prod(window), wide.dtype)
    else:
        # Entries that are added at the border do not count.
        ones = jnp.ones([n if w > 1 else 1 for n, w in zip(x.shape, window, strict=True)], wide.dtype)
        count = jax.lax.reduce_window(
            ones, zero, jax.lax.add, window, [s if w > 1 else 1 for s, w in zip(strides, window, strict=True)], padding
        )
    return (total / count).astype(x.dtype)


_max_pool = compiled(_maximum, 1, 2, 3)
_average_pool = compiled(_mean, 1, 2, 3)


@table.implements(ops.max_pool)
def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    return _pool(_max_pool, "max_pool", inputs, pool_size, strides, padding, data_format)


@table.implements(ops.average_pool)
def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    return _pool(_average_pool, "average_pool", inputs, pool_size, strides, padding, data_format)


def _pool(kernel: Any, name: str, x: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None) -> Any:
    # Checked here, since XLA takes windows that are longer than their axis.
    pool_shape(x.shape, pool_size, strides, padding, data_format, name)
    order, axes = standardize_data_format(data_format), x.ndim - 2
    sizes = per_axis(pool_size, axes, "pool_size")
    steps = sizes if strides is None else per_axis(strides, axes, "strides")
    return kernel(x, _windows(sizes, order), _windows(steps, order), read_padding(padding).upper())
