"""Class indices as vectors of zeros and ones."""

from __future__ import annotations

from typing import Any

import torch

from multikeras import ops
from multikeras.dtypes.lattice import standardize
from multikeras.errors import NotSupportedError
from multikeras_torch.table import table
from multikeras_torch.tensors import native_dtype


@table.implements(ops.one_hot)
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    if sparse:
        raise NotSupportedError("The torch backend has no sparse tensors.", received="sparse=True", hint="sparse=False")
    if num_classes < 0:
        raise ValueError("a negative size")
    shape = [1] * (x.ndim + 1)
    shape[axis] = num_classes
    classes = torch.arange(num_classes, device=x.device).reshape(shape)
    return (x.to(torch.int64).unsqueeze(axis) == classes).to(native_dtype(standardize(dtype)))
