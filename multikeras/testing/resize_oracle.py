"""Slow and obvious resizing of images, pixel by pixel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def _triangle(x: float) -> float:
    return max(0.0, 1.0 - abs(x))


def _keys(x: float) -> float:
    """Keys (1981), eq. 15, with a = -1/2."""
    s = abs(x)
    if s < 1:
        return 1.5 * s**3 - 2.5 * s**2 + 1
    return -0.5 * s**3 + 2.5 * s**2 - 4 * s + 2 if s < 2 else 0.0


def _lanczos(radius: int) -> Callable[[float], float]:
    return lambda x: float(np.sinc(x) * np.sinc(x / radius)) if abs(x) < radius else 0.0


KERNELS: dict[str, Callable[[float], float]] = {
    "bilinear": _triangle,
    "bicubic": _keys,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}


def _resized_axis(x: np.ndarray, axis: int, count: int, interpolation: str, antialias: bool) -> np.ndarray:
    size = x.shape[axis]
    if size == count:
        return x
    rows = []
    for i in range(count):
        if interpolation == "nearest":
            rows.append(np.take(x, ((2 * i + 1) * size) // (2 * count), axis))
            continue
        center = (i + 0.5) * size / count - 0.5
        width = max(size / count, 1.0) if antialias else 1.0
        weights = [KERNELS[interpolation]((center - j) / width) for j in range(size)]
        total = math.fsum(weights)
        rows.append(sum((w / total) * np.take(x, j, axis) for j, w in enumerate(weights)))
    return np.stack(rows, axis)


def resize(
    images: np.ndarray,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> np.ndarray:
    """Images in another size: each pixel a weighted mean, divided by the sum of the weights."""
    kind = images.dtype
    axes = (images.ndim - 2, images.ndim - 1) if data_format == "channels_first" else (images.ndim - 3, images.ndim - 2)
    x = images.astype(np.float64) if kind.kind in "iub" else images
    height, width = (x.shape[axis] for axis in axes)
    wanted = (max((width * size[0]) // size[1], 1), max((height * size[1]) // size[0], 1))
    for axis, have, want in zip(axes, (height, width), wanted, strict=True):
        if crop_to_aspect_ratio and want < have:
            start = (have - want) // 2
            x = np.take(x, range(start, start + want), axis)
        if pad_to_aspect_ratio and want > have:
            border = np.full_like(np.take(x, [0] * ((want - have) // 2), axis), fill_value)
            x = np.concatenate([border, x, border], axis)
    for axis, count in zip(axes, size, strict=True):
        x = _resized_axis(x, axis, count, interpolation, antialias)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        return np.clip(np.round(x), limits.min, limits.max).astype(kind)
    return x.astype(kind)
