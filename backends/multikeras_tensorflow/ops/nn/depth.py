"""Blocks of pixels as channels, by TensorFlow's kernel."""

from __future__ import annotations

from typing import Any

from multikeras import ops
from multikeras_tensorflow.table import table
from multikeras_tensorflow.widened import FLOAT8, kernel

_kernel = kernel("SpaceToDepth")


@table.implements(ops.space_to_depth)
def space_to_depth(x: Any, block_size: int, data_format: str) -> Any:
    # On CPUs the kernel takes channels last alone; the turns before and after it take longer than the composite.
    if data_format != "channels_last" or x.dtype in FLOAT8 or type(block_size) is not int or block_size < 2:
        return table.composite(ops.space_to_depth)(x, block_size, data_format)
    return _kernel(x, block_size)
