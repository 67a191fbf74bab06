"""The order of the axes, and the precision, in which the kernels of this package compute.

Inside, channels are the last axis and float16 or bfloat16 values are summed as float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

FLOAT32 = np.dtype(np.float32)


def is_channels_first(data_format: str) -> bool:
    """Whether the channels are axis 1 ("channels_first") and not the last axis ("channels_last").

    Raises:
        ValueError: If the data format is neither.

    >>> is_channels_first("channels_last")
    False
    """
    if data_format == "channels_last":
        return False
    if data_format == "channels_first":
        return True
    raise ValueError(f"data_format must be 'channels_last' or 'channels_first', received {data_format!r}")


def with_channels_last(values: Array, data_format: str) -> Array:
    """The same values, viewed with their channels as last axis.

    Args:
        values: Shape ``(batch, *spatial, channels)`` or, channels first, ``(batch, channels, *spatial)``.
        data_format: "channels_last" or "channels_first".

    >>> with_channels_last(np.zeros((8, 3, 5, 6)), "channels_first").shape
    (8, 5, 6, 3)
    """
    if is_channels_first(data_format):
        return values.transpose(0, *range(2, values.ndim), 1)
    return values


def with_data_format(values: Array, data_format: str) -> Array:
    """The same channels-last values, viewed in a data format.

    Args:
        values: Shape ``(batch, *spatial, channels)``.
        data_format: "channels_last" or "channels_first".

    >>> with_data_format(np.zeros((8, 5, 6, 3)), "channels_first").shape
    (8, 3, 5, 6)
    """
    if is_channels_first(data_format):
        return values.transpose(0, values.ndim - 1, *range(1, values.ndim - 1))
    return values


def spatial_shape(shape: tuple[int, ...], data_format: str) -> tuple[int, ...]:
    """The sizes of the spatial axes of a shape.

    >>> spatial_shape((8, 3, 5, 6), "channels_first")
    (5, 6)
    """
    return shape[2:] if is_channels_first(data_format) else shape[1:-1]


def accumulation_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which sums of values of a dtype are kept: float32 for floats of 8 or 16 bits, else the dtype itself.

    >>> accumulation_dtype(np.dtype("float16")), accumulation_dtype(np.dtype("int8"))
    (dtype('float32'), dtype('int8'))
    """
    # The small floats of ml_dtypes are of kind "V" to NumPy.
    return FLOAT32 if dtype.itemsize < 4 and dtype.kind in "fV" else dtype


def rounded_to(values: Array, dtype: np.dtype[Any]) -> Array:
    """The values in a dtype; those beyond its range become infinite without a warning, as on every other framework.

    >>> rounded_to(np.float32([1.0, 1e6]), np.dtype("float16"))
    array([ 1., inf], dtype=float16)
    """
    if values.dtype == dtype:
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        return values.astype(dtype)
