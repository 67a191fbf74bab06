"""The bits of numbers: seen as another dtype, and what floats are made of."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras.ops.float_bits import viewed_shape
from multikeras_torch.table import table
from multikeras_torch.tensors import name_of, native_dtype
from multikeras_torch.widened import unary


@table.implements(ops.view)
def view(x: Any, dtype: Any = None) -> Any:
    if dtype is None:
        return x
    name = lattice.standardize(dtype)
    shape = viewed_shape(tuple(x.shape), name_of(x.dtype), name)
    wanted = native_dtype(name)
    if x.numel() == 0:
        return torch.empty(shape, dtype=wanted, device=x.device)
    # Torch's own view changes sizes along contiguous axes alone.
    return x.view(wanted) if x.dtype.itemsize == wanted.itemsize else x.contiguous().view(wanted)


table.alias(signbit=unary(torch.signbit))
