"""The error function and its inverse, entry by entry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from multikeras_numpy.kernels import error_function, single_precision
from multikeras_numpy.kernels.blocks import Kernel
from multikeras_numpy.table import table


def _either(double: Callable, single: Kernel) -> Callable:
    return lambda x: double(x) if x.dtype == np.float64 else single_precision.in_single_precision(single, x)


table.alias(
    erf=_either(error_function.erf, single_precision.erf),
    erfc=_either(error_function.erfc, single_precision.erfc),
    erfinv=_either(error_function.erfinv, single_precision.erfinv),
)
