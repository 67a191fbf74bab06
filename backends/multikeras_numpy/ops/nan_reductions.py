"""Extremes that are numbers, where nan is what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras_numpy.ops.reduction import axes
from multikeras_numpy.table import table


def _extreme(ufunc: np.ufunc) -> Any:
    def run(x: Any, axis: Any, keepdims: bool) -> Any:
        if x.ndim == 0 and axis is not None and axis != ():
            raise ValueError("a scalar has no axes")
        return ufunc.reduce(x, axes(x, axis), keepdims=keepdims)

    return run


table.alias(fmax=np.fmax, fmin=np.fmin, nanmax=_extreme(np.fmax), nanmin=_extreme(np.fmin))
