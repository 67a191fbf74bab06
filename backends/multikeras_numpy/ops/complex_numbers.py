"""Parts of complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.table import table


@table.implements(ops.real)
def real(x: Any) -> Any:
    return x.real if x.dtype.kind == "c" else x


@table.implements(ops.imag)
def imag(x: Any) -> Any:
    return x.imag if x.dtype.kind == "c" else np.zeros(x.shape, x.dtype)


@table.implements(ops.conj)
def conj(x: Any) -> Any:
    return np.conj(x) if x.dtype.kind == "c" else x
