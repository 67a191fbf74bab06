"""Entries in reverse order, moved round or turned."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table

table.alias(roll=np.roll)


@table.implements(ops.flip)
def flip(x: Any, axis: Any = None) -> Any:
    return np.flip(x, tuple(axis) if isinstance(axis, list) else axis)


@table.implements(ops.flipud)
def flipud(x: Any) -> Any:
    return x[::-1]


@table.implements(ops.fliplr)
def fliplr(x: Any) -> Any:
    return x[:, ::-1]
