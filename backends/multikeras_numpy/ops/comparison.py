"""Comparisons and choice, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table

table.alias(
    equal=np.equal,
    greater=np.greater,
    greater_equal=np.greater_equal,
    less=np.less,
    less_equal=np.less_equal,
    not_equal=np.not_equal,
)


@table.implements(ops.where)
def where(condition: Any, x1: Any, x2: Any) -> Any:
    if x1 is None and x2 is None:
        return tuple(indices.astype(np.int32) for indices in condition.nonzero())
    if x1 is None or x2 is None:
        raise TypeError("one of two")
    return np.where(condition, x1, x2)
