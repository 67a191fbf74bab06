"""Blocks of pixels as channels, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.conversion import shape
from multikeras.ops.shaping import reshape, transpose


def _block(x_shape: Any, block_size: Any, data_format: Any) -> int:
    """The edge of a block.

    Raises:
        ArgumentError: It is no integer from 1 on, or there is no such data format.
        ShapeError: The shape is not that of images.
    """
    if isinstance(block_size, bool) or not hasattr(block_size, "__index__") or block_size.__index__() < 1:
        raise ArgumentError("`block_size` is an integer from 1 on.", received=repr(block_size), hint="block_size=2")
    if data_format not in ("channels_last", "channels_first"):
        raise ArgumentError('`data_format` is "channels_last" or "channels_first".', received=repr(data_format))
    if len(x_shape) != 4:
        raise ShapeError("Images have four axes: a batch, rows, columns and channels.", received=f"shape {x_shape}")
    return block_size.__index__()


def _times(size: int | None, factor: int) -> int | None:
    return None if size is None else size * factor


def _parts(size: int | None, factor: int, what: str) -> int | None:
    if size is not None and size % factor:
        raise ShapeError(f"The {what} divide into blocks.", received=f"{size} by {factor}")
    return None if size is None else size // factor


@rules.rule()
def _depth_to_space_rule(x: Spec, block_size: int, data_format: str = "channels_last") -> Spec:
    b = _block(x.shape, block_size, data_format)
    if data_format == "channels_last":
        n, h, w, c = x.shape
        return Spec((n, _times(h, b), _times(w, b), _parts(c, b * b, "channels")), rules.same(x.dtype))
    n, c, h, w = x.shape
    return Spec((n, _parts(c, b * b, "channels"), _times(h, b), _times(w, b)), rules.same(x.dtype))


def _slow_depth_to_space(x: np.ndarray, block_size: int, data_format: str = "channels_last") -> np.ndarray:
    b = block_size
    last = data_format == "channels_last"
    images = x if last else np.moveaxis(x, 1, -1)
    n, h, w, c = images.shape
    result = np.zeros((n, h * b, w * b, c // b**2), x.dtype)
    for i, j, k in np.ndindex(h * b, w * b, c // b**2):
        block = i % b * b + j % b
        channel = block * (c // b**2) + k if last else k * b**2 + block
        result[:, i, j, k] = images[:, i // b, j // b, channel]
    return result if last else np.moveaxis(result, -1, 1)


_BAD = [
    case(draw(2, 4, 4), 2, raises=ShapeError, match="four axes"),
    case(draw(2, 4, 4, 4), 0, raises=ArgumentError, match="from 1 on"),
    case(draw(2, 4, 4, 4), 2, data_format="nhwc", raises=ArgumentError, match="data_format"),
]


@composite(
    infer=_depth_to_space_rule,
    reference=_slow_depth_to_space,
    cases=[
        case(draw(2, 2, 3, 8), 2),
        case(draw(2, 8, 2, 3), 2, data_format="channels_first"),
        case(draw(1, 2, 1, 9), 3),
        case(draw(1, 2, 2, 3), 1),
        case(draw(0, 2, 2, 4), 2),
        case(draw(1, 2, 2, 4, dtype="bool"), 2),
        case(draw(1, 2, 2, 6), 2, raises=ShapeError, match="channels divide"),
        *_BAD,
    ],
)
def depth_to_space(x: Tensor, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Images `block_size` times as high and wide, in which each pixel's channels are spread over a block of pixels.

    Args:
        x: Images of shape (batch, rows, columns, channels), of any dtype, whose channels are groups for the pixels of a
            block, row by row; with `"channels_first"` (batch, channels, rows, columns), and each group of
            `block_size**2` channels fills a block of one channel.
        block_size: The edge of a block in pixels.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        Images with `block_size**2` times fewer channels, of the dtype of `x`.

    Raises:
        ShapeError: There are not four axes, or the channels do not divide into blocks.
        ArgumentError: `block_size` is no integer from 1 on, or there is no such data format.

    ```python
    >>> depth_to_space([[[[1, 2, 3, 4]]]], 2)[0, :, :, 0].tolist()
    [[1, 2], [3, 4]]

    ```
    """
    b = _block(tuple(x.shape), block_size, data_format)
    sizes = tuple(shape(x))
    if data_format == "channels_last":
        n, h, w, c = sizes
        _parts(x.shape[3], b * b, "channels")
        split = transpose(reshape(x, (n, h, w, b, b, c // (b * b))), (0, 1, 3, 2, 4, 5))
        return reshape(split, (n, h * b, w * b, c // (b * b)))
    n, c, h, w = sizes
    _parts(x.shape[1], b * b, "channels")
    split = transpose(reshape(x, (n, c // (b * b), b, b, h, w)), (0, 1, 4, 2, 5, 3))
    return reshape(split, (n, c // (b * b), h * b, w * b))


@rules.rule()
def _space_to_depth_rule(x: Spec, block_size: int, data_format: str = "channels_last") -> Spec:
    b = _block(x.shape, block_size, data_format)
    if data_format == "channels_last":
        n, h, w, c = x.shape
        return Spec((n, _parts(h, b, "rows"), _parts(w, b, "columns"), _times(c, b * b)), rules.same(x.dtype))
    n, c, h, w = x.shape
    return Spec((n, _times(c, b * b), _parts(h, b, "rows"), _parts(w, b, "columns")), rules.same(x.dtype))


def _slow_space_to_depth(x: np.ndarray, block_size: int, data_format: str = "channels_last") -> np.ndarray:
    b = block_size
    last = data_format == "channels_last"
    images = x if last else np.moveaxis(x, 1, -1)
    n, h, w, c = images.shape
    result = np.zeros((n, h // b, w // b, c * b**2), x.dtype)
    for i, j, k in np.ndindex(h, w, c):
        block = i % b * b + j % b
        result[:, i // b, j // b, block * c + k if last else k * b**2 + block] = images[:, i, j, k]
    return result if last else np.moveaxis(result, -1, 1)


@composite(
    infer=_space_to_depth_rule,
    reference=_slow_space_to_depth,
    cases=[
        case(draw(2, 4, 6, 2), 2),
        case(draw(2, 2, 4, 6), 2, data_format="channels_first"),
        case(draw(1, 3, 6, 1), 3),
        case(draw(1, 2, 2, 3), 1),
        case(draw(0, 2, 2, 1), 2),
        case(draw(1, 2, 2, 1, dtype="bool"), 2),
        case(draw(1, 3, 2, 1), 2, raises=ShapeError, match="rows divide"),
        case(draw(1, 1, 2, 3), 2, data_format="channels_first", raises=ShapeError, match="columns divide"),
        *_BAD,
    ],
)
def space_to_depth(x: Tensor, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Images in which the pixels of each block are channels of one pixel: the inverse of `depth_to_space`.

    Args:
        x: Images of shape (batch, rows, columns, channels), of any dtype; with `"channels_first"` (batch, channels,
            rows, columns).
        block_size: The edge of a block in pixels.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        Images with `block_size**2` times more channels, of the dtype of `x`.

    Raises:
        ShapeError: There are not four axes, or the rows or columns do not divide into blocks.
        ArgumentError: `block_size` is no integer from 1 on, or there is no such data format.

    ```python
    >>> space_to_depth([[[[1], [2]], [[3], [4]]]], 2).tolist()
    [[[[1, 2, 3, 4]]]]

    ```
    """
    b = _block(tuple(x.shape), block_size, data_format)
    sizes = tuple(shape(x))
    rows, columns = (1, 2) if data_format == "channels_last" else (2, 3)
    _parts(x.shape[rows], b, "rows")
    _parts(x.shape[columns], b, "columns")
    if data_format == "channels_last":
        n, h, w, c = sizes
        split = transpose(reshape(x, (n, h // b, b, w // b, b, c)), (0, 1, 3, 2, 4, 5))
        return reshape(split, (n, h // b, w // b, c * b * b))
    n, c, h, w = sizes
    split = transpose(reshape(x, (n, c, h // b, b, w // b, b)), (0, 1, 3, 5, 2, 4))
    return reshape(split, (n, c * b * b, h // b, w // b))
