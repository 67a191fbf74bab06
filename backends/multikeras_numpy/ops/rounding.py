"""Whole numbers near by, signs and bounds, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table

table.alias(
    ceil=np.ceil,
    floor=np.floor,
    maximum=np.maximum,
    minimum=np.minimum,
    sign=np.sign,
    trunc=np.trunc,
)


@table.implements(ops.round)
def round(x: Any, decimals: int) -> Any:
    if decimals and x.dtype.kind in "fV" and x.dtype.itemsize <= 2:
        # In its own few digits a number next to a half would become one, and go the other way.
        return np.round(x.astype(np.float32), decimals).astype(x.dtype)
    return np.round(x, decimals)


# From how many entries on np.clip, which reads them once, takes less time.
_MANY = 1024
# bfloat16 and bools are none of them.
_CLIPPED = "iuf"


@table.implements(ops.clip)
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    if (
        x_min is not None
        and x_max is not None
        and type(x) is np.ndarray
        and x.size >= _MANY
        and x.dtype.kind in _CLIPPED
    ):
        return np.clip(x, x_min, x_max)
    if x_min is not None:
        x = np.maximum(x, x_min)
    return x if x_max is None else np.minimum(x, x_max)
