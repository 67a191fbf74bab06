"""Normalizations by torch's fused kernels, where the arguments are what these take; else by the composite body."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from multikeras import config, ops
from multikeras.ops._rules import canonical_axes, canonical_axis
from multikeras_torch.table import table

_NORMALIZED = frozenset({torch.float32, torch.float64, torch.bfloat16, torch.float16})

table.takes_tensors_only("batch_normalization", "group_normalization", "layer_normalization", "rms_normalization")


@table.implements(ops.batch_normalization)
def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> Any:
    # Torch's kernel lets no gradient through the statistics.
    recorded = torch.is_grad_enabled() and (mean.requires_grad or variance.requires_grad)
    vectors = (mean, variance, offset, scale)
    plain = x.dtype in _NORMALIZED and x.ndim > 1 and x.numel()
    if recorded or not plain or any(v is not None and v.ndim != 1 for v in vectors):
        return table.composite(ops.batch_normalization)(x, mean, variance, axis, offset, scale, epsilon)
    position = canonical_axis(axis, x.ndim)
    if position == 1:
        return functional.batch_norm(x, mean, variance, scale, offset, False, 0.0, epsilon)
    moved = torch.movedim(x, position, 1)
    return torch.movedim(functional.batch_norm(moved, mean, variance, scale, offset, False, 0.0, epsilon), 1, position)


def _last(x: Any, axis: Any) -> tuple[int, ...] | None:
    """The sizes of the axes that are normalized, where they are the last ones."""
    if x.dtype not in _NORMALIZED or x.ndim == 0:
        return None
    if axis == -1:
        return tuple(x.shape[-1:])
    axes = sorted(canonical_axes(axis, x.ndim))
    return tuple(x.shape[axes[0] :]) if axes and axes == list(range(axes[0], x.ndim)) else None


def _fits(weight: Any, sizes: tuple[int, ...]) -> bool:
    return weight is None or tuple(weight.shape) == sizes


@table.implements(ops.layer_normalization)
def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None, **kwargs: Any
) -> Any:
    sizes = _last(x, axis)
    if kwargs or sizes is None or 0 in sizes or not (_fits(gamma, sizes) and _fits(beta, sizes)):
        return table.composite(ops.layer_normalization)(x, gamma, beta, axis, epsilon, **kwargs)
    epsilon = config.epsilon() if epsilon is None else epsilon
    dtype = x.dtype
    if any(weight is not None and weight.dtype is not dtype for weight in (gamma, beta)):
        wide = torch.float32 if dtype.itemsize < 4 else dtype
        gamma, beta = (None if weight is None else weight.to(wide) for weight in (gamma, beta))
        return functional.layer_norm(x.to(wide), sizes, gamma, beta, epsilon).to(dtype)
    return functional.layer_norm(x, sizes, gamma, beta, epsilon)


@table.implements(ops.rms_normalization)
def rms_normalization(x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> Any:
    sizes = _last(x, axis)
    if sizes is None or 0 in sizes or not _fits(scale, sizes):
        return table.composite(ops.rms_normalization)(x, scale, axis, epsilon)
    epsilon = config.epsilon() if epsilon is None else epsilon
    dtype = x.dtype
    if dtype.itemsize < 4 or (scale is not None and scale.dtype is not dtype):
        wide = torch.float32 if dtype.itemsize < 4 else dtype
        scale = None if scale is None else scale.to(wide)
        return functional.rms_norm(x.to(wide), sizes, scale, epsilon).to(dtype)
    return functional.rms_norm(x, sizes, scale, epsilon)


@table.implements(ops.group_normalization)
def group_normalization(
    x: Any, groups: int, gamma: Any = None, beta: Any = None, axis: int = -1, epsilon: float | None = None
) -> Any:
    if x.dtype not in _NORMALIZED or x.ndim < 2 or x.numel() == 0:
        return table.composite(ops.group_normalization)(x, groups, gamma, beta, axis, epsilon)
    position = canonical_axis(axis, x.ndim)
    channels = tuple(x.shape[position : position + 1])
    # Of groups of one entry what the kernel takes from it by turns is not quite itself.
    alone = x.numel() == x.shape[0] * groups
    if position == 0 or alone or not (_fits(gamma, channels) and _fits(beta, channels)):
        return table.composite(ops.group_normalization)(x, groups, gamma, beta, axis, epsilon)
    dtype = x.dtype
    wide = torch.float32 if dtype.itemsize < 4 else dtype
    # A view: the kernel takes channels that are innermost as they are.
    first = (x if position == 1 else torch.movedim(x, position, 1)).to(wide)
    gamma, beta = (None if weight is None else weight.to(wide) for weight in (gamma, beta))
    epsilon = config.epsilon() if epsilon is None else epsilon
    trained = torch.is_grad_enabled() and any(w is not None and w.requires_grad for w in (gamma, beta))
    if trained and (gamma is None or not first.requires_grad):
        # The kernel of the gradients reads what is not there, where they are asked for but not all of them.
        result = torch.group_norm(first, groups, None, None, epsilon)
        along = (-1, *(1,) * (x.ndim - 2))
        result = result if gamma is None else result * gamma.reshape(along)
        result = (result if beta is None else result + beta.reshape(along)).to(dtype)
    else:
        result = torch.group_norm(first, groups, gamma, beta, epsilon).to(dtype)
    return result if position == 1 else torch.movedim(result, 1, position)
