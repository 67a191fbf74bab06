"""What convolutions and poolings share: TensorFlow's order of the axes.

On CPUs most of its kernels take channels last only, so data that comes with the channels first is turned around. It has
convolutions and poolings over two and three axes: one spatial axis runs as two.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras_tensorflow.constants import integers
from multikeras_tensorflow.widened import kernel

_transpose = kernel("Transpose")
_expand = kernel("ExpandDims")
_squeeze = kernel("Squeeze")

# The axis that is added where one runs as two: the first spatial one.
_ADDED = 1


def channels_last(x: Any, first: bool) -> Any:
    """`x` with the channels last, and with at least two spatial axes."""
    rank = x.shape.rank
    if first:
        x = _transpose(x, integers((0, *range(2, rank), 1)))
    return _expand(x, integers(_ADDED)) if rank == 3 else x


def channels_back(x: Any, first: bool, axes: int) -> Any:
    """A result in the order that the data came in.

    Args:
        x: What TensorFlow returned.
        first: Whether the channels come first.
        axes: How many spatial axes the data has.
    """
    if axes == 1:
        x = _squeeze(x, [_ADDED])
    return _transpose(x, integers((0, axes + 1, *range(1, axes + 1)))) if first else x


def per_axis_of_all(values: tuple[int, ...]) -> list[int]:
    """Values for the spatial axes as ones for all axes of a tensor with at least two spatial ones."""
    return [1, 1, *values, 1] if len(values) == 1 else [1, *values, 1]


def doubled(values: Any, one: Any) -> list[Any]:
    """Values for the spatial axes, with one in front where one axis runs as two."""
    return [one, *values] if len(values) == 1 else list(values)


def static(x: Any, shape: Any) -> Any:
    """`x`, with the shape that is known of it."""
    if not isinstance(x, tf.__internal__.EagerTensor):  # type: ignore[attr-defined]
        x.set_shape(shape)
    return x
