"""Class indices as vectors of zeros and ones."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.dtypes.lattice import numpy_dtype, standardize
from multikeras.errors import NotSupportedError
from multikeras_numpy.table import table

# From how many numbers on writing the ones is faster than comparing them all.
_MANY = 4096


@table.implements(ops.one_hot)
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    if sparse:
        raise NotSupportedError("The numpy backend has no sparse tensors.", received="sparse=True", hint="sparse=False")
    if num_classes < 0:
        raise ValueError("a negative size")
    if x.dtype.kind not in "iub":
        if x.dtype.kind == "c":
            raise TypeError("complex numbers are no classes")
        x = x.astype(np.int64)
    count = x.ndim + 1
    if not -count <= axis < count:
        raise ValueError("no such axis")
    axis %= count
    if axis == x.ndim and x.size * num_classes > _MANY:
        made = np.zeros((x.size, num_classes), numpy_dtype(standardize(dtype)))
        classes = x.reshape(-1)
        rows = np.flatnonzero((classes >= 0) & (classes < num_classes))
        made[rows, classes[rows]] = 1
        return made.reshape(*x.shape, num_classes)
    hits = np.equal(x.reshape((*x.shape[:axis], 1, *x.shape[axis:])), _along(num_classes, count, axis))
    return hits.astype(numpy_dtype(standardize(dtype)), copy=False)


@functools.lru_cache(maxsize=64)
def _along(num_classes: int, ndim: int, axis: int) -> np.ndarray:
    shape = [1] * ndim
    shape[axis] = num_classes
    classes = np.arange(num_classes).reshape(shape)
    classes.flags.writeable = False
    return classes
