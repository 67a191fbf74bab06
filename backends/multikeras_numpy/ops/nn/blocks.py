"""Images put together from blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.ops.nn.blocks import check_blocks, geometry, places_along
from multikeras_numpy.table import table


@table.implements(ops.fold)
def fold(x: Any, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    if x.ndim != 3 or x.size == 0 or x.dtype.kind != "f" or x.dtype.itemsize < 4:
        body = table.composite(ops.fold)
        return body(x, output_size, kernel_size, dilation, padding, stride)
    (rows, columns), gaps, around, steps = geometry(kernel_size, dilation, padding, stride)
    size, counts = places_along(output_size, (rows, columns), gaps, around, steps)
    check_blocks(x.shape, rows * columns, counts[0] * counts[1])
    blocks = x.reshape(x.shape[0], -1, rows, columns, *counts)
    image = np.zeros((*blocks.shape[:2], *(n + 2 * p for n, p in zip(size, around, strict=True))), x.dtype)
    for row in range(rows):
        for column in range(columns):
            starts = (row * gaps[0], column * gaps[1])
            down, along = (
                slice(start, start + (count - 1) * step + 1, step)
                for start, count, step in zip(starts, counts, steps, strict=True)
            )
            image[:, :, down, along] += blocks[:, :, row, column]
    return image[:, :, around[0] : around[0] + size[0], around[1] : around[1] + size[1]]
