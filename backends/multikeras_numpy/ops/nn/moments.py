"""Mean and variance."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.ops.reduction import mean
from multikeras_numpy.table import table

_FLOATS = frozenset({np.dtype("float32"), np.dtype("float64")})


@table.implements(ops.moments)
def moments(x: Any, axes: Any, keepdims: bool, synchronized: bool) -> Any:
    none = not isinstance(axes, int) and axes is not None and len(axes) == 0
    if synchronized or none or x.ndim == 0 or x.size == 0 or x.dtype not in _FLOATS:
        body = table.composite(ops.moments)
        return body(x, axes, keepdims, synchronized)
    center = mean(x, axes, True)
    apart = x - center
    variance = mean(np.multiply(apart, apart, out=apart), axes, keepdims)
    return center.reshape(variance.shape), variance
