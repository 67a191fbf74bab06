"""Class indices as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.errors import NotSupportedError
from multikeras_jax.compiled import compiled
from multikeras_jax.table import table
from multikeras_jax.tensors import native_dtype


def _encode(x: Any, num_classes: int, axis: int, dtype: Any) -> Any:
    if x.dtype.kind not in "iu":
        x = x.astype(jnp.int32)
    shape = [1] * (x.ndim + 1)
    shape[axis] = num_classes
    classes = jnp.arange(num_classes, dtype=x.dtype if num_classes <= jnp.iinfo(x.dtype).max else jnp.int32)
    return (jnp.expand_dims(x, axis) == classes.reshape(shape)).astype(dtype)


_encoded = compiled(_encode, 1, 2, 3)


@table.implements(ops.one_hot)
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    if sparse:
        raise NotSupportedError("The jax backend has no sparse tensors.", received="sparse=True", hint="sparse=False")
    if num_classes < 0:
        raise ValueError("a negative size")
    return _encoded(x, num_classes, axis, native_dtype(standardize(dtype)))
