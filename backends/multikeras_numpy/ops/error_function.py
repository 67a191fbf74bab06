"""The error function and its inverse, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.kernels import error_function as kernels
from multikeras_numpy.table import table


def _in_float64(kernel: Callable, x: Any) -> Any:
    return kernel(x.astype(np.float64, copy=False)).astype(x.dtype, copy=False)


@table.implements(ops.erf)
def erf(x: Any) -> Any:
    return _in_float64(kernels.erf, x)


@table.implements(ops.erfc)
def erfc(x: Any) -> Any:
    return _in_float64(kernels.erfc, x)


@table.implements(ops.erfinv)
def erfinv(x: Any) -> Any:
    return _in_float64(kernels.erfinv, x)
