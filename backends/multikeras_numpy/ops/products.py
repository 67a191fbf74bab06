"""Products of matrices and tensors.

NumPy multiplies floats below 32 bits without BLAS and sums them up in their own precision: they are made float32 here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops.products import contracted_axes
from multikeras_numpy.table import table

# What NumPy multiplies well as it is.
_AS_THEY_ARE = frozenset("?bhilqBHILQfdFD")


def _summed_wide(function: Callable) -> Callable:
    """A product of two arrays that sums up small floats in float32."""

    def product(x1: Any, x2: Any, *arguments: Any) -> Any:
        if x1.dtype.char in _AS_THEY_ARE:
            return function(x1, x2, *arguments)
        wide = function(x1.astype(np.float32), x2.astype(np.float32), *arguments)
        return wide.astype(x1.dtype)

    return product


@table.implements(ops.matmul)
def matmul(x1: Any, x2: Any) -> Any:
    kind = x1.dtype.char
    if kind in "fd":
        return np.matmul(x1, x2)
    if kind == "b":
        return np.matmul(x1, x2, dtype=np.int32)
    if kind in _AS_THEY_ARE:
        return np.matmul(x1, x2)
    return np.matmul(x1.astype(np.float32), x2.astype(np.float32)).astype(x1.dtype)


def _tensordot(x1: Any, x2: Any, axes: Any) -> Any:
    # NumPy takes any number of axes for one.
    return np.tensordot(x1, x2, contracted_axes(axes, x1.ndim, x2.ndim))


table.alias(
    dot=_summed_wide(np.dot),
    inner=_summed_wide(np.inner),
    outer=np.outer,
    tensordot=_summed_wide(_tensordot),
    vdot=_summed_wide(np.vdot),
)
table.takes_tensors_only("dot", "einsum", "inner", "matmul", "outer", "tensordot", "vdot")


@table.implements(ops.einsum)
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    optimize = kwargs.get("optimize", True)
    dtype = operands[0].dtype
    if dtype.char == "b":
        # A common dtype of int8 means that all operands are.
        return np.einsum(subscripts, *[x.astype(np.int32) for x in operands], optimize=optimize)
    if dtype.char in _AS_THEY_ARE:
        return np.einsum(subscripts, *operands, optimize=optimize)
    wide = np.einsum(subscripts, *[x.astype(np.float32) for x in operands], optimize=optimize)
    return np.asarray(wide).astype(dtype)
