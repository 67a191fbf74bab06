"""Where the axes of images are, and borders around them: what the ops on images share."""

from __future__ import annotations

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


def with_border(x: Any, axis: int, before: Any, behind: Any, value: Any = 0) -> Any:
    """`x` with entries of one value added at both ends of an axis; how many may be known only when a step runs."""
    from multikeras import ops

    if isinstance(before, int) and isinstance(behind, int):
        if not before and not behind:
            return x
        widths = [(0, 0)] * len(x.shape)
        widths[axis] = (before, behind)
        return ops.pad(x, tuple(widths), constant_values=value or None)
    sizes = [*ops.shape(x)]
    borders = []
    for count in (before, behind):
        sizes[axis] = count
        borders.append(ops.full(tuple(sizes), value, ops.dtype(x)))
    return ops.concatenate([borders[0], x, borders[1]], axis)
