"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table


@table.implements(ops.norm)
def norm(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    axis = tuple(axis) if isinstance(axis, list) else axis
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    return np.asarray(np.linalg.norm(wide, ord, axis, keepdims)).astype(x.real.dtype, copy=False)
