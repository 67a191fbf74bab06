"""Sums, products and extremes over entries that carry one number. Gradients of products are the composite's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.ops.segments import greatest_of, least_of
from multikeras_numpy.table import table


def _reduction(reduce: np.ufunc, start: Callable[[str], Any]) -> Callable:
    def run(data: Any, ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        if data.ndim < 1 or ids.shape != data.shape[:1] or data.dtype.kind in "bc" or ids.dtype.kind not in "iu":
            raise ValueError("one number for each entry")
        count = int(ids.max(initial=-1)) + 1 if num_segments is None else num_segments
        # 16-bit sums are kept in 32 bits.
        wide = np.float32 if data.dtype.itemsize == 2 and data.dtype.kind in "fV" else data.dtype
        result = np.full((count, *data.shape[1:]), start(data.dtype.name), wide)
        inside = (ids >= 0) & (ids < count)
        reduce.at(result, ids[inside], data[inside].astype(wide))
        return result.astype(data.dtype, copy=False)

    return run


table.alias(
    segment_sum=_reduction(np.add, lambda dtype: 0),
    segment_prod=_reduction(np.multiply, lambda dtype: 1),
    segment_max=_reduction(np.maximum, least_of),
    segment_min=_reduction(np.minimum, greatest_of),
)
