"""The bits of numbers: seen as another dtype, and what floats are made of."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras.ops.float_bits import viewed_shape
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table
from multikeras_jax.tensors import native_dtype


def _view(x: Any, name: str) -> Any:
    return x.view(native_dtype(name))


_viewed = compiled(_view, 1)


@table.implements(ops.view)
def view(x: Any, dtype: Any = None) -> Any:
    if dtype is None:
        return x
    name = lattice.standardize(dtype)
    viewed_shape(x.shape, x.dtype.name, name)
    return x if x.dtype.name == name else _viewed(x, name)


table.alias(signbit=compiled(lambda x: jnp.signbit(x) if x.dtype != bool else jnp.zeros(x.shape, bool)))
