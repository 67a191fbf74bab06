"""How many entries have which value, and signals one along the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.backend import registry
from multikeras_numpy.table import table


@table.implements(ops.bincount)
def bincount(x: Any, weights: Any, minlength: int, sparse: bool) -> Any:
    if weights is not None or x.ndim != 1 or sparse or x.dtype.kind not in "iub":
        body = ops.bincount.op.body_on(registry.load("numpy"))  # type: ignore[attr-defined]
        return body(x, weights, minlength, sparse)
    if isinstance(minlength, bool):
        raise TypeError("an integer")
    return np.bincount(x.astype(np.int64, copy=False), minlength=minlength).astype(np.int32)


@table.implements(ops.correlate)
def correlate(x1: Any, x2: Any, mode: Any) -> Any:
    wide = np.float32 if x1.dtype.itemsize == 2 else x1.dtype
    return np.correlate(x1.astype(wide, copy=False), x2.astype(wide, copy=False), mode).astype(x1.dtype, copy=False)


table.alias(copy=lambda x: x.copy())
