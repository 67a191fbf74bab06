"""Products of matrices and tensors."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_numpy.autodiff.gradient_rules import gradient


def _swapped(x: Any) -> Any:
    return ops.swapaxes(x, -1, -2)


def _left(g: Any, y: Any, x1: Any, x2: Any) -> Any:
    if x2.ndim == 1:
        return g[..., None] * x2
    if x1.ndim == 1:
        return ops.matmul(x2, g[..., None])[..., 0]
    if x2.ndim == 2 and g.ndim > 2:
        # One product of large matrices instead of many of small ones.
        rows = ops.matmul(ops.reshape(g, (-1, x2.shape[1])), _swapped(x2)) if x2.shape[1] else None
        return ops.zeros(x1.shape, x1.dtype.name) if rows is None else ops.reshape(rows, x1.shape)
    return ops.matmul(g, _swapped(x2))


def _right(g: Any, y: Any, x1: Any, x2: Any) -> Any:
    if x1.ndim == 1:
        return x1[:, None] * g[..., None, :] if x2.ndim > 1 else x1 * g
    if x2.ndim == 1:
        return ops.matmul(_swapped(x1), g[..., None])[..., 0]
    if x2.ndim == 2 and x1.ndim > 2 and g.size and x1.size:
        rows = ops.reshape(x1, (-1, x1.shape[-1]))
        return ops.matmul(_swapped(rows), ops.reshape(g, (-1, x2.shape[1])))
    return ops.matmul(_swapped(x1), g)


gradient(ops.matmul, needs="arguments", x1=_left, x2=_right)


def _contracted(ndim1: int, ndim2: int, axes: Any) -> tuple[list[int], list[int]]:
    """The axes of either argument that `tensordot` sums over."""
    if isinstance(axes, int):
        return list(range(ndim1 - axes, ndim1)), list(range(axes))
    first, second = ([a] if isinstance(a, int) else list(a) for a in axes)
    return [a % ndim1 for a in first], [a % ndim2 for a in second]


def _tensordot_left(g: Any, y: Any, x1: Any, x2: Any, axes: Any) -> Any:
    summed1, summed2 = _contracted(x1.ndim, x2.ndim, axes)
    free1 = [i for i in range(x1.ndim) if i not in summed1]
    free2 = [i for i in range(x2.ndim) if i not in summed2]
    product = ops.tensordot(g, x2, [list(range(len(free1), g.ndim)), free2])
    # Its axes: the free ones, then those summed over in the order in which they stand in x2.
    order = free1 + [summed1[summed2.index(i)] for i in sorted(summed2)]
    return ops.transpose(product, [order.index(i) for i in range(x1.ndim)])


def _tensordot_right(g: Any, y: Any, x1: Any, x2: Any, axes: Any) -> Any:
    summed1, summed2 = _contracted(x1.ndim, x2.ndim, axes)
    free1 = [i for i in range(x1.ndim) if i not in summed1]
    free2 = [i for i in range(x2.ndim) if i not in summed2]
    product = ops.tensordot(x1, g, [free1, list(range(len(free1)))])
    order = [summed2[summed1.index(i)] for i in sorted(summed1)] + free2
    return ops.transpose(product, [order.index(i) for i in range(x2.ndim)])


gradient(ops.tensordot, needs="arguments", x1=_tensordot_left, x2=_tensordot_right)
