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
    round=np.round,
    sign=np.sign,
    trunc=np.trunc,
)


@table.implements(ops.clip)
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    # Not np.clip, which has no kernel for bfloat16 and is slower on small arrays.
    if x_min is not None:
        x = np.maximum(x, x_min)
    return x if x_max is None else np.minimum(x, x_max)
