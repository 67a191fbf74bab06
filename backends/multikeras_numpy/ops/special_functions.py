"""Cube roots, the cardinal sine and the Bessel function of order 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.kernels import single_precision
from multikeras_numpy.kernels.blocks import Kernel
from multikeras_numpy.kernels.single_precision import in_single_precision
from multikeras_numpy.table import table

table.alias(cbrt=lambda x: np.cbrt(x).astype(x.dtype, copy=False))


def _of_single(op: Any, kernel: Kernel) -> Callable:
    """A kernel where it is exact enough, the op's body elsewhere."""

    def run(x: Any) -> Any:
        if x.dtype == np.float64 or x.dtype.kind == "c":
            return table.composite(op)(x)
        return in_single_precision(kernel, x)

    return run


table.alias(i0=_of_single(ops.i0, single_precision.i0), sinc=_of_single(ops.sinc, single_precision.sinc))
