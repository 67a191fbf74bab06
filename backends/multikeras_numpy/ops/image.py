"""Images in another size."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import multikeras
from multikeras import ops
from multikeras.ops._shapes import read_size
from multikeras.ops.image import resizing
from multikeras_numpy.kernels.bands import Band, band, banded_product
from multikeras_numpy.table import table

_FLOATS = frozenset({np.dtype("float32"), np.dtype("float64")})


@table.implements(ops.image.resize)
def resize(images: Any, *arguments: Any) -> Any:
    size, interpolation, antialias, crop, pad, fill_mode, _, data_format = arguments
    height = resizing.read_arguments(images.shape, size, interpolation, crop, pad, fill_mode, data_format)
    if images.dtype not in _FLOATS or interpolation == "nearest" or crop or pad:
        return table.composite(ops.image.resize)(images, *arguments)
    x = images
    for axis, count in enumerate(map(read_size, size), height):
        if x.shape[axis] != count:
            x = banded_product(_shares(x.dtype.name, x.shape[axis], count, interpolation, bool(antialias)), x, axis)
    return x


@functools.lru_cache(maxsize=16)
def _shares(kind: str, old: int, count: int, interpolation: str, antialias: bool) -> Band:
    # Made anew, they would be made on the current backend.
    with multikeras.use_backend("numpy"):
        return band(resizing.shares(kind, old, count, interpolation, antialias))
