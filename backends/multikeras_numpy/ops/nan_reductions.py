"""Reductions that pass over nan."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.kernels.sums import sum_of_squares
from multikeras_numpy.ops.reduction import axes, mean, prod, sum
from multikeras_numpy.ops.statistics import std, var
from multikeras_numpy.table import table


def _extreme(ufunc: np.ufunc) -> Any:
    def run(x: Any, axis: Any, keepdims: bool) -> Any:
        if x.ndim == 0 and axis is not None and axis != ():
            raise ValueError("a scalar has no axes")
        return ufunc.reduce(x, axes(x, axis), keepdims=keepdims)

    return run


table.alias(fmax=np.fmax, fmin=np.fmin, nanmax=_extreme(np.fmax), nanmin=_extreme(np.fmin))


def _plain_where_complete(op: Any, plain: Callable[[Any, Any, bool], Any]) -> None:
    """Where no entry is nan there is nothing to pass over."""

    def run(x: Any, axis: Any, keepdims: bool) -> Any:
        complete = not math.isnan(sum_of_squares(x))
        return plain(x, axis, keepdims) if complete else table.composite(op)(x, axis, keepdims)

    table.implements(op)(run)


_plain_where_complete(ops.nansum, sum)
_plain_where_complete(ops.nanprod, lambda x, axis, keepdims: prod(x, axis, keepdims, None))
_plain_where_complete(ops.nanmean, mean)
_plain_where_complete(ops.nanvar, var)
_plain_where_complete(ops.nanstd, std)
