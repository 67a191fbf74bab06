"""Slow and obvious values between the entries of arrays, place by place."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np


def _inside(i: int, size: int, fill_mode: str) -> int | None:
    """The entry that stands for one beyond the edge, found by one fold after another."""
    period = 2 * (size - 1 if fill_mode == "mirror" else size)
    if fill_mode in ("wrap", "mirror", "reflect") and size > 1 and abs(i) > 100 * period:
        # Far away it would take long; farther than an int32 counts there is nothing else.
        i = min(max(i, -2147483520), 2147483520) % period
    while not 0 <= i < size:
        if fill_mode == "constant":
            return None
        if fill_mode == "nearest" or size == 1:
            i = min(max(i, 0), size - 1)
        elif fill_mode == "wrap":
            i += size if i < 0 else -size
        elif fill_mode == "mirror":
            i = -i if i < 0 else 2 * (size - 1) - i
        else:
            i = -1 - i if i < 0 else 2 * size - 1 - i
    return i


def _value(x: np.ndarray, place: Any, order: int, fill_mode: str, fill_value: float) -> Any:
    corners = []
    for c in place:
        lower = math.floor(c)
        corners.append(
            [(lower, 1 - (c - lower)), (lower + 1, c - lower)]
            if order
            else [(int(math.copysign(math.floor(abs(c) + 0.5), c)), 1)]
        )
    total = 0.0
    for corner in itertools.product(*corners):
        indices = [_inside(i, size, fill_mode) for (i, _), size in zip(corner, x.shape, strict=False)]
        share = math.prod(float(weight) for _, weight in corner)
        total = total + share * (fill_value if None in indices else x[tuple(indices)])
    return total


def map_coordinates(
    inputs: np.ndarray, coordinates: np.ndarray, order: int, fill_mode: str = "constant", fill_value: float = 0.0
) -> np.ndarray:
    """The values of `inputs` at places; axes of `inputs` behind those that the places have are kept."""
    rest = inputs.shape[len(coordinates) :]
    result = np.zeros((*coordinates.shape[1:], *rest), np.complex128 if inputs.dtype.kind == "c" else np.float64)
    for at in np.ndindex(*coordinates.shape[1:]):
        result[at] = _value(inputs, [float(c[at]) for c in coordinates], order, fill_mode, fill_value)
    if inputs.dtype.kind in "iu":
        limits = np.iinfo(inputs.dtype)
        result = np.clip(np.round(result), limits.min, limits.max)
    return result.astype(inputs.dtype)


def _rows(images: np.ndarray, data_format: str | None) -> np.ndarray:
    """A batch with the channels last."""
    last = np.moveaxis(images, -3, -1) if data_format == "channels_first" else images
    return last if last.ndim == 4 else last[None]


def _as_given(result: list[np.ndarray], images: np.ndarray, data_format: str | None) -> np.ndarray:
    stacked = np.stack(result) if result else np.zeros((0, *_rows(images, data_format).shape[1:]), images.dtype)
    stacked = np.moveaxis(stacked, -1, -3) if data_format == "channels_first" else stacked
    return stacked if images.ndim == 4 else stacked[0]


def _order(interpolation: str) -> int:
    return {"nearest": 0, "bilinear": 1}[interpolation]


def affine_transform(
    images: np.ndarray,
    transform: np.ndarray,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> np.ndarray:
    """Images taken at the places that a transform tells, pixel by pixel."""
    x = _rows(images, data_format)
    result = []
    for image, t in zip(x, np.broadcast_to(np.atleast_2d(transform).astype(np.float64), (len(x), 8)), strict=True):
        places = np.zeros((2, *image.shape[:2]))
        for i, j in np.ndindex(*image.shape[:2]):
            k = t[6] * j + t[7] * i + 1
            places[:, i, j] = (t[3] * j + t[4] * i + t[5]) / k, (t[0] * j + t[1] * i + t[2]) / k
        result.append(map_coordinates(image, places, _order(interpolation), fill_mode, fill_value))
    return _as_given(result, images, data_format)


def perspective_transform(
    images: np.ndarray,
    start_points: np.ndarray,
    end_points: np.ndarray,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> np.ndarray:
    """The same with the transform of eight numbers that takes four end points to the start points."""
    count = len(_rows(images, data_format))
    starts = np.broadcast_to(start_points, (count, 4, 2)).astype(np.float64)
    transforms = []
    for start, end in zip(starts, np.broadcast_to(end_points, (count, 4, 2)).astype(np.float64), strict=True):
        rows, right = [], []
        for (sx, sy), (x, y) in zip(start, end, strict=True):
            rows += [[x, y, 1, 0, 0, 0, -sx * x, -sx * y], [0, 0, 0, x, y, 1, -sy * x, -sy * y]]
            right += [sx, sy]
        transforms.append(np.linalg.solve(np.array(rows), np.array(right)))
    given = np.array(transforms).reshape(-1, 8)
    return affine_transform(images, given, interpolation, "constant", fill_value, data_format)
