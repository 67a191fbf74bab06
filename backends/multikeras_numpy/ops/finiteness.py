"""Which entries are numbers, and what takes the place of those that are not."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from multikeras import ops
from multikeras.dtypes import lattice
from multikeras_numpy.table import table

table.alias(isfinite=np.isfinite, isinf=np.isinf, isnan=np.isnan)


@table.implements(ops.nan_to_num)
def nan_to_num(x: Any, nan: float, posinf: float | None, neginf: float | None) -> Any:
    name = x.dtype.name
    if name in lattice.COMPLEX:
        return nan_to_num(x.real, nan, posinf, neginf) + 1j * nan_to_num(x.imag, nan, posinf, neginf)
    if name not in lattice.FLOATS:
        return x
    if x.dtype.kind == "f" and x.ndim:
        return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
    # NumPy's own does not know the limits of bfloat16.
    limits = ml_dtypes.finfo(x.dtype)
    finite = np.where(np.isnan(x), np.asarray(nan, x.dtype), x)
    finite = np.where(x == np.inf, np.asarray(limits.max if posinf is None else posinf, x.dtype), finite)
    return np.where(x == -np.inf, np.asarray(limits.min if neginf is None else neginf, x.dtype), finite)
