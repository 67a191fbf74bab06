"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.recording import differentiable


@differentiable([0], needs="nothing")
def put_diagonal(values: Any, offset: int, axis1: int, axis2: int, shape: tuple[int, ...]) -> Any:
    """Zeros with values on a diagonal."""
    result = np.zeros(shape, values.dtype)
    moved = np.moveaxis(result, (axis1, axis2), (-2, -1))
    along = np.arange(values.shape[-1])
    moved[..., along + max(0, -offset), along + max(0, offset)] = values
    return result


put_diagonal.pulls[0] = lambda g, _, values, offset, axis1, axis2, shape: ops.diagonal(g, offset, axis1, axis2)


def _trace(g: Any, y: Any, x: Any, offset: int, axis1: int, axis2: int) -> Any:
    rows, columns = x.shape[axis1], x.shape[axis2]
    length = max(0, min(rows + min(0, offset), columns - max(0, offset)))
    return put_diagonal(ops.broadcast_to(g[..., None], (*g.shape, length)), offset, axis1, axis2, x.shape)


def _diag(g: Any, y: Any, x: Any, k: int) -> Any:
    return ops.diagonal(g, k) if x.ndim == 1 else put_diagonal(g, k, 0, 1, x.shape)


gradient(
    ops.diagonal,
    needs="nothing",
    x=lambda g, y, x, offset, axis1, axis2: put_diagonal(g, offset, axis1, axis2, x.shape),
)
gradient(ops.trace, needs="nothing", x=_trace)
gradient(ops.diag, needs="nothing", x=_diag)
gradient(ops.tril, needs="nothing", x=lambda g, y, x, k: ops.tril(g, k))
gradient(ops.triu, needs="nothing", x=lambda g, y, x, k: ops.triu(g, k))
