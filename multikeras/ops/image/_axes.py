"""Where the axes of images are, borders around them, and sums along them: what the ops on images share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from multikeras.backend.spec import Shape
from multikeras.config import standardize_data_format
from multikeras.errors import ShapeError


def image_axes(shape: Shape, data_format: str | None) -> tuple[int, int]:
    """The positions of the height, which the width follows, and of the channels.

    Args:
        shape: The shape of an image or of a batch of them.
        data_format: `"channels_last"` or `"channels_first"`; `None` for that of `config.image_data_format()`.

    Raises:
        ArgumentError: There is no such data format.
        ShapeError: The shape is none of images.
    """
    first = standardize_data_format(data_format) == "channels_first"
    count = len(shape)
    if not 3 <= count <= 4:
        raise ShapeError(
            "Images have the axes height, width and channels, and a batch axis before them or none.",
            received=f"images of shape {shape}",
        )
    return (count - 2, count - 3) if first else (count - 3, count - 1)


def with_borders(x: Any, first: int, widths: Sequence[tuple[Any, Any]], value: Any = 0) -> Any:
    """`x` with entries of one value added at both ends of some axes.

    Args:
        x: A tensor.
        first: The first of the axes.
        widths: How many entries are added before and behind each of them, which may be known only when a step runs.
        value: What is added.
    """
    from multikeras import ops

    if all(isinstance(count, int) for pair in widths for count in pair):
        if not any(map(any, widths)):
            return x
        behind = len(x.shape) - first - len(widths)
        return ops.pad(x, ((0, 0),) * first + tuple(widths) + ((0, 0),) * behind, constant_values=value or None)
    for axis, pair in enumerate(widths, first):
        sizes = [*ops.shape(x)]
        borders = []
        for count in pair:
            sizes[axis] = count
            borders.append(ops.full(tuple(sizes), value, ops.dtype(x)))
        x = ops.concatenate([borders[0], x, borders[1]], axis)
    return x


def combined(x: Any, axis: int, weights: Any, count: Any) -> Any:
    """The weighted sums along an axis, as one matrix product.

    Args:
        x: A tensor.
        axis: Which axis.
        weights: Shape `(count, size of the axis)`.
        count: How many sums there are.
    """
    from multikeras import ops

    behind = len(x.shape) - 1 - axis
    if behind == 0:
        return ops.matmul(x, ops.transpose(weights))
    if behind == 1:
        return ops.matmul(weights, x)
    sizes = ops.shape(x)
    flat = ops.reshape(x, (*sizes[: axis + 1], math.prod(sizes[axis + 1 :])))
    return ops.reshape(ops.matmul(weights, flat), (*sizes[:axis], count, *sizes[axis + 1 :]))
