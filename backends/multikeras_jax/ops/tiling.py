"""Entries repeated, and borders added."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from multikeras import ops
from multikeras.ops._rules import canonical_axis, require_number
from multikeras.ops._values import filling
from multikeras.ops.tiling import ORDERED_PADS, PAD_MODES, pad_widths
from multikeras_jax.compiled import compiled, size_from_values
from multikeras_jax.table import table

table.alias(tile=compiled(jnp.tile, 1))


def _repeated(x: Any, repeats: Any, axis: int | None) -> Any:
    if axis is not None:
        # JAX takes a number for a vector.
        canonical_axis(axis, x.ndim)
    counts = np.asarray(repeats)
    if (counts < 0).any():
        # JAX takes them where they add up.
        raise ValueError("less often than not at all")
    return jnp.repeat(x, counts, axis)


_repeat = compiled(_repeated, 1, 2)


@table.implements(ops.repeat)
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    if not isinstance(repeats, (int, tuple)):
        # How often decides the size of the result: the values have to be known.
        with size_from_values("ops.repeat(x, repeats) with a tensor of repeats", "ops.repeat(x, [2, 3])"):
            repeats = np.asarray(repeats)
    return _repeat(x, repeats, axis)


table.judges_empties("repeat")


def _pad(x: Any, pad_width: Any, mode: str, constant_values: Any) -> Any:
    if mode in ("constant", "empty"):
        return jnp.pad(x, pad_width, constant_values=0 if constant_values is None else constant_values)
    return jnp.pad(x, pad_width, "wrap" if mode == "circular" else mode)


_padded = compiled(_pad, 1, 2)


@table.implements(ops.pad)
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    if mode not in PAD_MODES:
        raise ValueError("no such mode")
    if constant_values is not None and mode != "constant":
        raise ValueError("nowhere to put the values")
    if mode in ORDERED_PADS and jnp.iscomplexobj(x):
        raise TypeError("complex numbers have no order")
    if constant_values is not None and x.ndim == 0:
        require_number("constant_values", constant_values)
    if type(constant_values) in (int, float):
        constant_values = filling(constant_values, x.dtype)
    widths = pad_widths(pad_width, x.ndim)
    return _padded(x, widths, mode, constant_values) if widths else x


table.judges_empties("pad")


_grid = compiled(lambda indexing, *x: jnp.meshgrid(*(jnp.ravel(each) for each in x), indexing=indexing), 0)


@table.implements(ops.meshgrid)
def meshgrid(*x: Any, indexing: str = "xy") -> list[Any]:
    return _grid(indexing, *x)
