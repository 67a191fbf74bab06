"""Matrices of powers."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table

_KINDS = "fciu"


@table.implements(ops.vander)
def vander(x: Any, count: int | None, increasing: bool) -> Any:
    size = x.size if count is None else count
    plain = x.ndim == 1 and type(size) is int and size > 1 and x.dtype.kind in _KINDS and x.dtype.itemsize > 2
    if not plain:
        return table.composite(ops.vander)(x, count, increasing)
    result = np.empty((x.size, size), x.dtype)
    # A view, so that the powers are written where they belong.
    powers = result if increasing else result[:, ::-1]
    powers[:, 0] = 1
    powers[:, 1:] = x[:, None]
    np.multiply.accumulate(powers[:, 1:], 1, out=powers[:, 1:])
    return result
