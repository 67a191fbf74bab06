"""Images taken apart into the blocks under a sliding window, and put together from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, multiply
from multikeras.ops.conversion import cast, dtype, shape
from multikeras.ops.creation import zeros
from multikeras.ops.indexing import get_item
from multikeras.ops.joining import stack
from multikeras.ops.nn._windows import per_axis
from multikeras.ops.ranges import arange
from multikeras.ops.segments import segment_sum
from multikeras.ops.shaping import expand_dims, reshape, transpose
from multikeras.ops.tiling import pad

Pair = tuple[int, ...]


def geometry(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Pair, Pair, Pair, Pair]:
    """Height and width of each."""
    return (
        per_axis(kernel_size, 2, "kernel_size"),
        per_axis(dilation, 2, "dilation"),
        per_axis(padding, 2, "padding", 0),
        per_axis(stride, 2, "stride"),
    )


def _count(size: Any, kernel: int, dilation: int, padding: int, stride: int) -> Any:
    """How many places a window has along an axis.

    Raises:
        ShapeError: It does not fit.
    """
    if size is None:
        return None
    free = size + 2 * padding - dilation * (kernel - 1) - 1
    if isinstance(free, int) and free < 0:
        raise ShapeError(
            "The window fits into the padded image.",
            received=f"size {size}, kernel size {kernel}, dilation {dilation}, padding {padding}",
        )
    return free // stride + 1


def places_along(size: Any, kernel: Pair, dilation: Pair, padding: Pair, stride: Pair) -> tuple[Pair, Any]:
    """The height and width of a folded image, and how many places a window has along each.

    Raises:
        ShapeError: It does not fit.
        ArgumentError: An integer is too small, or none.
    """
    sizes = per_axis(size, 2, "output_size")
    return sizes, [_count(*each) for each in zip(sizes, kernel, dilation, padding, stride, strict=True)]


@rules.rule()
def _unfold_rule(x: Spec, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Spec:
    if len(x.shape) != 4:
        raise ShapeError("Images have four axes: a batch, channels, rows and columns.", received=f"x={x}")
    sides = geometry(kernel_size, dilation, padding, stride)
    counts = [_count(size, *each) for size, each in zip(x.shape[2:], zip(*sides, strict=True), strict=True)]
    length = rules.size_of(counts)
    return Spec((x.shape[0], rules.size_of((x.shape[1], *sides[0])), length), rules.same(x.dtype))


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[-1])


def _slow_unfold(x: np.ndarray, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> np.ndarray:
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = (_pair(v) for v in (kernel_size, dilation, padding, stride))
    n, c, h, w = x.shape
    rows, columns = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1, (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    result = np.zeros((n, c * kh * kw, rows * columns), x.dtype)
    for k, a, b, i, j in np.ndindex(c, kh, kw, rows, columns):
        y, z = i * sh + a * dh - ph, j * sw + b * dw - pw
        if 0 <= y < h and 0 <= z < w:
            result[:, (k * kh + a) * kw + b, i * columns + j] = x[:, k, y, z]
    return result


@composite(
    infer=_unfold_rule,
    reference=_slow_unfold,
    cases=[
        case(draw(2, 3, 4, 5), 2),
        case(draw(1, 2, 5, 6), (2, 3), stride=(2, 1)),
        case(draw(1, 1, 5, 5), 2, dilation=2, padding=1),
        case(draw(1, 2, 4, 4), 3, dilation=1, padding=(1, 0), stride=2),
        case(draw(0, 2, 3, 3), 2),
        case(draw(2, 1, 3, 3), [3, 3]),
        case(draw(2, 3, 3), 2, raises=ShapeError, match="four axes"),
        case(draw(1, 1, 2, 2), 3, raises=ShapeError, match="window fits"),
        case(draw(1, 1, 2, 2), 0, raises=ArgumentError, match="1 or more"),
        case(draw(1, 1, 2, 2), 1, padding=-1, raises=ArgumentError, match="0 or more"),
    ],
)
def unfold(
    x: Tensor,
    kernel_size: int | tuple[int, int],
    dilation: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    stride: int | tuple[int, int] = 1,
) -> Tensor:
    """The entries under a window at each place of it: what a convolution multiplies by its kernel (im2col).

    Args:
        x: Images of shape (batch, channels, rows, columns), of any dtype.
        kernel_size: Height and width of the window; an integer for both.
        dilation: The distance of its entries.
        padding: How many zeros there are around the image, on each side.
        stride: The distance of its places.

    Returns:
        A tensor of shape (batch, channels * height * width, places), places row by row, of the dtype of `x`.

    Raises:
        ShapeError: There are not four axes, or the window does not fit.
        ArgumentError: An integer is too small, or none.

    ```python
    >>> unfold([[[[1, 2, 3], [4, 5, 6]]]], 2).tolist()
    [[[1, 2], [2, 3], [4, 5], [5, 6]]]

    ```
    """
    if len(x.shape) != 4:
        raise ShapeError("four axes", received="")
    kernel, gap, around, step = geometry(kernel_size, dilation, padding, stride)
    n, c, h, w = tuple(shape(x))
    rows = _count(h, kernel[0], gap[0], around[0], step[0])
    columns = _count(w, kernel[1], gap[1], around[1], step[1])
    if around != (0, 0):
        x = pad(x, ((0, 0), (0, 0), (around[0], around[0]), (around[1], around[1])))
    parts = []
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * gap[0], j * gap[1]
            down = slice(top, top + step[0] * (rows - 1) + 1, step[0])
            along = slice(left, left + step[1] * (columns - 1) + 1, step[1])
            parts.append(get_item(x, (slice(None), slice(None), down, along)))
    return reshape(stack(parts, 2), (n, c * kernel[0] * kernel[1], rows * columns))


@rules.rule()
def _fold_rule(
    x: Spec, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Spec:
    if len(x.shape) != 3:
        raise ShapeError("Blocks have three axes: a batch, entries and places.", received=f"x={x}")
    sides = geometry(kernel_size, dilation, padding, stride)
    sizes = per_axis(output_size, 2, "output_size")
    counts = [_count(size, *each) for size, each in zip(sizes, zip(*sides, strict=True), strict=True)]
    entries, places = sides[0][0] * sides[0][1], counts[0] * counts[1]
    check_blocks(x.shape, entries, places)
    channels = None if x.shape[1] is None else x.shape[1] // entries
    return Spec((x.shape[0], channels, *sizes), rules.no_bool(x.dtype))


def check_blocks(blocks: Any, entries: int, places: int) -> None:
    """Make sure that a tensor of blocks, of this shape, fits a window of so many entries at so many places.

    Raises:
        ShapeError: It does not.
    """
    if (blocks[1] is not None and blocks[1] % entries) or blocks[2] not in (places, None):
        raise ShapeError(
            "Blocks have a multiple of the window's entries, and as many places as the window.",
            received=f"shape {tuple(blocks)}, {entries} entries, {places} places",
        )


def _slow_fold(
    x: np.ndarray, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> np.ndarray:
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = (_pair(v) for v in (kernel_size, dilation, padding, stride))
    h, w = _pair(output_size)
    columns = (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    result = np.zeros((x.shape[0], x.shape[1] // (kh * kw), h, w), x.dtype if x.dtype != bool else np.int32)
    for k, a, b, place in np.ndindex(result.shape[1], kh, kw, x.shape[2]):
        y, z = place // columns * sh + a * dh - ph, place % columns * sw + b * dw - pw
        if 0 <= y < h and 0 <= z < w:
            result[:, k, y, z] += x[:, (k * kh + a) * kw + b, place]
    return result


@composite(
    infer=_fold_rule,
    reference=_slow_fold,
    cases=[
        case(draw(2, 8, 6), (3, 4), 2),
        case(draw(1, 6, 8), (3, 6), (1, 3), stride=(1, 1), padding=0, raises=ShapeError, match="as many places"),
        case(draw(1, 12, 8), (5, 6), (2, 3), stride=(2, 1)),
        case(draw(1, 4, 25), 5, 2, dilation=2, padding=1),
        case(draw(1, 18, 2), 4, 3, padding=(1, 0), stride=2),
        case(draw(0, 4, 4), 3, 2),
        case(draw(2, 4), 2, 2, raises=ShapeError, match="three axes"),
        case(draw(1, 18, 2), 4, 1, padding=(1, 0), stride=2, raises=ShapeError, match="as many places"),
        case(draw(2, 5, 4), 3, 2, raises=ShapeError, match="multiple of"),
        case(draw(2, 4, 1), 2, 0, raises=ArgumentError, match="1 or more"),
    ],
    real=True,
)
def fold(
    x: Tensor,
    output_size: int | tuple[int, int],
    kernel_size: int | tuple[int, int],
    dilation: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    stride: int | tuple[int, int] = 1,
) -> Tensor:
    """Images put together from the blocks that `unfold` takes them apart into; entries that overlap add up (col2im).

    Args:
        x: Blocks of shape (batch, channels * height * width, places), of any dtype.
        output_size: Rows and columns of the images; an integer for both.
        kernel_size: Height and width of the window; an integer for both.
        dilation: The distance of its entries.
        padding: How many zeros there were around the image, on each side.
        stride: The distance of its places.

    Returns:
        Images of shape (batch, channels, rows, columns), of the dtype of `x`, int32 for bools.

    Raises:
        ShapeError: There are not three axes, or they do not fit the window.
        ArgumentError: An integer is too small, or none.

    ```python
    >>> fold([[[1, 2], [2, 3], [4, 5], [5, 6]]], (2, 3), 2).tolist()
    [[[[1, 4, 3], [4, 10, 6]]]]

    ```
    """
    if len(x.shape) != 3:
        raise ShapeError("three axes", received="")
    kernel, gap, around, step = geometry(kernel_size, dilation, padding, stride)
    size, counts = places_along(output_size, kernel, gap, around, step)
    entries, places = kernel[0] * kernel[1], counts[0] * counts[1]
    check_blocks(tuple(x.shape), entries, places)
    n, blocks, _ = tuple(shape(x))
    channels = blocks // entries
    whole = [size[a] + 2 * around[a] for a in (0, 1)]
    # The row and the column of each entry at each place: axes are those of the window, then those of the places.
    rows, columns = (
        add(expand_dims(multiply(arange(kernel[a]), gap[a]), 1), multiply(arange(counts[a]), step[a])) for a in (0, 1)
    )
    index = add(
        multiply(reshape(rows, (kernel[0], 1, counts[0], 1)), whole[1]),
        reshape(columns, (1, kernel[1], 1, counts[1])),
    )
    kind = rules.no_bool(dtype(x))
    if any(isinstance(each, int) and each == 0 for each in (n, channels)):
        return zeros((n, channels, *size), kind)
    values = transpose(reshape(x, (n, channels, entries * places)), (2, 0, 1))
    filled = segment_sum(cast(values, kind), reshape(index, (entries * places,)), whole[0] * whole[1])
    image = transpose(reshape(filled, (whole[0], whole[1], n, channels)), (2, 3, 0, 1))
    down, along = (slice(around[a], around[a] + size[a]) for a in (0, 1))
    return get_item(image, (slice(None), slice(None), down, along))
