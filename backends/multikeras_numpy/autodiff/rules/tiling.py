"""Entries repeated, and borders added."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops.tiling import pad_widths
from multikeras_numpy.autodiff.gradient_rules import gradient
from multikeras_numpy.autodiff.rules.indexing import put_slices


def _tile(g: Any, y: Any, x: Any, repeats: Any) -> Any:
    counts = list(repeats) if isinstance(repeats, (list, tuple)) else [repeats]
    counts = [1] * (g.ndim - len(counts)) + counts
    sizes = [1] * (g.ndim - len(x.shape)) + list(x.shape)
    copies = ops.reshape(g, [n for pair in zip(counts, sizes, strict=True) for n in pair])
    return ops.reshape(ops.sum(copies, tuple(range(0, 2 * g.ndim, 2))), x.shape)


def _repeat(g: Any, y: Any, x: Any, repeats: Any, axis: int | None) -> Any:
    shape = (int(np.prod(x.shape)),) if axis is None else x.shape
    axis = 0 if axis is None else axis % len(shape)
    if isinstance(repeats, int):
        copies = ops.reshape(g, (*shape[: axis + 1], repeats, *shape[axis + 1 :]))
        return ops.reshape(ops.sum(copies, axis + 1), x.shape)
    places = np.repeat(np.arange(shape[axis]), np.asarray(repeats))
    return ops.reshape(put_slices(g, places, axis, shape), x.shape)


def _pad(g: Any, y: Any, x: Any, pad_width: Any, *rest: Any) -> Any:
    pairs = pad_widths(pad_width, x.ndim)
    return g[tuple(slice(before, before + size) for (before, _), size in zip(pairs, x.shape, strict=True))]


gradient(ops.tile, needs="nothing", x=_tile)
gradient(ops.repeat, needs="nothing", x=_repeat)
gradient(
    ops.pad,
    needs="nothing",
    applies=lambda x, pad_width, mode="constant", constant_values=None: mode in ("constant", "empty"),
    x=_pad,
)
