"""Softmax and what belongs to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.ops.reduction import max, sum
from multikeras_numpy.table import table


def _shifted(x: Any, axis: Any) -> Any:
    """`x` less its largest entry, so that exponentials do not overflow."""
    return x - max(x, axis, True, -np.inf)


@table.implements(ops.softmax)
def softmax(x: Any, axis: Any) -> Any:
    weights = np.exp(_shifted(x, axis))
    return weights / sum(weights, axis, True)


@table.implements(ops.log_softmax)
def log_softmax(x: Any, axis: Any) -> Any:
    shifted = _shifted(x, axis)
    return shifted - np.log(sum(np.exp(shifted), axis, True))


@table.implements(ops.sparsemax)
def sparsemax(x: Any, axis: int) -> Any:
    wide = np.moveaxis(x, axis, -1).astype(np.float64, copy=False)
    if not wide.size:
        return np.array(x)
    descending = -np.sort(-wide, axis=-1)
    total = np.cumsum(descending, axis=-1) - 1
    count = np.arange(1, wide.shape[-1] + 1)
    inside = count * descending > total
    size = np.count_nonzero(inside, axis=-1, keepdims=True)
    threshold = np.take_along_axis(total, size - 1, -1) / size
    return np.moveaxis(np.maximum(wide - threshold, 0), -1, axis).astype(x.dtype)
