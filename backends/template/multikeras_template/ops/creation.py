"""Tensors made from nothing but a shape."""

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.dtypes.lattice import numpy_dtype, standardize
from multikeras.errors import NotSupportedError
from multikeras.ops.ranges import range_dtype
from multikeras_template.table import table


def _made(function: Callable) -> Callable:
    return lambda *arguments: function(*arguments[:-1], dtype=numpy_dtype(standardize(arguments[-1])))


def _made_like(function: Callable) -> Callable:
    return lambda x, *rest: function(x.shape, *rest[:-1], dtype=x.dtype if rest[-1] is None else standardize(rest[-1]))


table.alias(eye=_made(np.eye), full=_made(np.full), ones=_made(np.ones), zeros=_made(np.zeros))
table.alias(full_like=_made_like(np.full), ones_like=_made_like(np.ones), zeros_like=_made_like(np.zeros))


@table.implements(ops.arange)
def arange(start: Any, stop: Any, step: Any, dtype: Any) -> Any:
    name = range_dtype(start, stop, step, dtype=dtype)
    if stop is None:
        start, stop = 0, start
    return np.arange(start, stop, 1 if step is None else step).astype(numpy_dtype(name))


@table.implements(ops.one_hot)
def one_hot(x: Any, num_classes: int, axis: int, dtype: Any, sparse: bool) -> Any:
    if sparse:
        raise NotSupportedError(f"The {table.backend} backend has no sparse tensors.", received="sparse=True")
    if num_classes < 0 or not -x.ndim - 1 <= axis <= x.ndim:
        raise ValueError("there is no such axis, or number of classes")
    hits = np.expand_dims(x, -1) == np.arange(num_classes)
    return np.moveaxis(hits, -1, axis).astype(numpy_dtype(standardize(dtype)))
