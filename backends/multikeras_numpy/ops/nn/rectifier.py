"""Rectifiers: activations that are straight lines, or nearly, on either side of 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table


@table.implements(ops.relu)
def relu(x: Any) -> Any:
    return np.maximum(x, x.dtype.type(0))


@table.implements(ops.relu6)
def relu6(x: Any) -> Any:
    return np.minimum(np.maximum(x, x.dtype.type(0)), x.dtype.type(6))


@table.implements(ops.leaky_relu)
def leaky_relu(x: Any, negative_slope: float) -> Any:
    return np.where(x >= 0, x, x * x.dtype.type(negative_slope))


@table.implements(ops.elu)
def elu(x: Any, alpha: float) -> Any:
    return np.where(x > 0, x, np.expm1(np.minimum(x, x.dtype.type(0))) * x.dtype.type(alpha))
