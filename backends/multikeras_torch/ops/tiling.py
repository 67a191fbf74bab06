"""Entries repeated, and borders added."""

from __future__ import annotations

import math
from typing import Any

import torch

from multikeras import ops
from multikeras.ops._rules import require_fit, require_number
from multikeras.ops.tiling import ORDERED_PADS, PAD_MODES, pad_widths
from multikeras_torch.ops import reduction
from multikeras_torch.table import table
from multikeras_torch.tensors import name_of
from multikeras_torch.tracing import constant
from multikeras_torch.widened import widened


@table.implements(ops.tile)
def tile(x: Any, repeats: Any) -> Any:
    return torch.tile(x, (repeats,) if hasattr(repeats, "__index__") else tuple(repeats))


table.judges_empties("tile")


def _repeat(x: Any, repeats: Any, axis: int | None) -> Any:
    if axis is None:
        x, axis = x.reshape(-1), 0
    if hasattr(repeats, "__len__") and not isinstance(repeats, torch.Tensor):
        counts = [count.__index__() for count in repeats]
        if len(counts) > 1:
            return torch.repeat_interleave(x, torch.tensor(counts, device=x.device), axis, output_size=sum(counts))
        repeats = counts[0]
    if isinstance(repeats, torch.Tensor):
        repeats = repeats.to(torch.int64)
    return torch.repeat_interleave(x, repeats, axis)


table.alias(repeat=widened(_repeat))

# What is computed in NumPy stands for a constant in a compiled step.
_widths = constant(pad_widths)
_require_fit = constant(require_fit)


def _places(size: int, before: int, behind: int, mode: str, device: torch.device) -> torch.Tensor:
    """The place that each entry of a padded axis comes from."""
    places = torch.arange(-before, size + behind, device=device)
    if mode == "edge":
        return places.clamp(0, size - 1)
    if mode == "reflect":
        # There and back, neither end twice.
        places = places % max(2 * size - 2, 1)
        return torch.minimum(places, 2 * size - 2 - places) if size > 1 else places
    if mode == "symmetric":
        places = places % (2 * size)
        return torch.minimum(places, 2 * size - 1 - places)
    return places % size


@table.implements(ops.pad)
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    if mode not in PAD_MODES or (constant_values is not None and mode != "constant"):
        raise ValueError("no such padding")
    if mode in ORDERED_PADS and x.is_complex():
        raise TypeError("complex numbers have no order")
    if constant_values is not None and not x.is_floating_point():
        _require_fit(constant_values, name_of(x.dtype))
    widths = _widths(pad_width, x.ndim)
    if mode in ("constant", "empty"):
        flat = [width for pair in reversed(widths) for width in pair]
        if flat:
            return torch.nn.functional.pad(x, flat, value=constant_values)
        if constant_values is not None:
            require_number("constant_values", constant_values)
        return x
    for axis, (before, behind) in enumerate(widths):
        if before or behind:
            x = _padded(x, axis, before, behind, mode)
    return x


def _padded(x: Any, axis: int, before: int, behind: int, mode: str) -> Any:
    """`x` padded along one axis with what its entries there give."""
    size = x.shape[axis]
    if size == 0:
        raise ValueError("nothing to pad with")
    if mode in ("edge", "reflect", "symmetric", "wrap", "circular"):
        return table.native["take"](x, _places(size, before, behind, mode, x.device), axis)
    if mode == "linear_ramp":
        up = _ramp(x.narrow(axis, 0, 1), [i / before for i in range(before)], axis)
        down = _ramp(x.narrow(axis, size - 1, 1), [i / behind for i in reversed(range(behind))], axis)
        return torch.cat([up, x, down], axis)
    reduce = _REDUCED[mode]
    if mode in ("mean", "median") and x.dtype is torch.bool:
        kept = reduce(x.to(torch.float64), axis, True) != 0
    elif mode in ("mean", "median") and not x.is_floating_point() and not x.is_complex():
        kept = torch.round(reduce(x.to(torch.float64), axis, True)).to(x.dtype)
    else:
        kept = reduce(x, axis, True)
    return torch.cat([kept.repeat_interleave(before, axis), x, kept.repeat_interleave(behind, axis)], axis)


def _median(x: Any, axis: int, keepdims: bool) -> Any:
    ordered, size = torch.sort(x, axis).values, x.shape[axis]
    middle = (ordered.narrow(axis, (size - 1) // 2, 1) + ordered.narrow(axis, size // 2, 1)) / 2
    # The last entry is nan where there is one.
    return torch.where(torch.isnan(ordered.narrow(axis, size - 1, 1)), math.nan, middle)


_REDUCED = {"maximum": reduction.amax, "minimum": reduction.amin, "mean": reduction.mean, "median": _median}


def _ramp(edge: Any, factors: list[float], axis: int) -> Any:
    """The edge multiplied by factors along its axis."""
    shape = [1] * edge.ndim
    shape[axis] = len(factors)
    floating = edge if edge.is_floating_point() or edge.is_complex() else edge.to(torch.float64)
    along = torch.tensor(factors, dtype=floating.dtype, device=edge.device).reshape(shape)
    ramp = floating * along
    if edge.dtype is torch.bool:
        return ramp != 0
    return ramp if ramp.dtype is edge.dtype else torch.floor(ramp).to(edge.dtype)
