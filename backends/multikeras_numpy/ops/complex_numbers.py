"""Parts of complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.kernels.blocks import blockwise
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


@table.implements(ops.angle)
def angle(x: Any) -> Any:
    if x.dtype.kind == "c":
        return np.arctan2(x.imag, x.real)
    return blockwise(_half_turns, x)


def _half_turns(x: Any, out: Any) -> None:
    """Pi below 0, 0 from there on; nan stays."""
    np.multiply(np.less(x, 0), x.dtype.type(np.pi), out=out)
    np.copyto(out, x, where=np.isnan(x))
