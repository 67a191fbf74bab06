"""The bits of numbers: seen as another dtype, and what floats are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras.ops.float_bits import viewed_shape
from multikeras_numpy.table import table


@table.implements(ops.view)
def view(x: Any, dtype: Any = None) -> Any:
    if dtype is None:
        return x
    name = lattice.standardize(dtype)
    viewed_shape(x.shape, x.dtype.name, name)
    wanted = lattice.numpy_dtype(name)
    return x.view(wanted) if x.dtype.itemsize == wanted.itemsize else x.copy().view(wanted)


@table.implements(ops.signbit)
def signbit(x: Any) -> Any:
    return np.zeros(x.shape, bool) if x.dtype == bool else np.signbit(x)


_FLOATS = frozenset({np.dtype("float32"), np.dtype("float64")})
_EXPONENTS = frozenset({np.dtype("int32"), np.dtype("int64")})


@table.implements(ops.ldexp)
def ldexp(x1: Any, x2: Any) -> Any:
    if x1.dtype not in _FLOATS or x2.dtype not in _EXPONENTS:
        return table.composite(ops.ldexp)(x1, x2)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.ldexp(x1, x2))


_STEPPED = frozenset({np.dtype("float16"), np.dtype("float32"), np.dtype("float64")})


@table.implements(ops.nextafter)
def nextafter(x1: Any, x2: Any) -> Any:
    if x1.dtype not in _STEPPED:
        return table.composite(ops.nextafter)(x1, x2)
    return np.asarray(np.nextafter(x1, x2))


table.takes_tensors_only("nextafter")
