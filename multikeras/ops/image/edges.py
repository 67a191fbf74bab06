"""How fast images change along their height and width."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import image_axes, with_borders


@rules.rule()
def _sobel_rule(images: Spec, data_format: str | None = None) -> Spec:
    image_axes(images.shape, data_format)
    return Spec((*images.shape, 2), rules.same(images.dtype))


def _slow_sobel(images: np.ndarray, data_format: str | None = None) -> np.ndarray:
    """Sobel's masks, pixel by pixel."""
    mask = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    last = images if data_format != "channels_first" else np.moveaxis(images, -3, -1)
    wide = np.int64 if images.dtype.kind in "iub" else images.dtype
    rows, columns = last.shape[-3:-1]
    result = np.zeros((*last.shape, 2), wide)
    for i, j, a, b in np.ndindex(rows, columns, 3, 3):
        if 0 <= i + a - 1 < rows and 0 <= j + b - 1 < columns:
            pixel = last[..., i + a - 1, j + b - 1, :].astype(wide)
            result[..., i, j, :, 0] += mask[a, b] * pixel
            result[..., i, j, :, 1] += mask[b, a] * pixel
    if images.dtype.kind in "iu":
        result = np.clip(result, np.iinfo(images.dtype).min, np.iinfo(images.dtype).max)
    result = result.astype(images.dtype)
    return result if data_format != "channels_first" else np.moveaxis(result, -2, -4)


@composite(
    name="image.sobel_edges",
    infer=_sobel_rule,
    reference=_slow_sobel,
    cases=[
        case(draw(2, 5, 4, 3), data_format="channels_last", tolerance=16),
        case(draw(2, 3, 4, 5), data_format="channels_first", tolerance=16),
        case(draw(5, 4, 2), tolerance=16),
        case(draw(2, 5, 4), "channels_first", tolerance=16),
        case(draw(1, 1, 1, 2)),
        case(draw(0, 5, 4, 3)),
        case(draw(1, 0, 4, 3)),
        case(draw(2, 5, 4, 1, dtype="int32", low=-99, high=99)),
        case(draw(2, 5, 4, 1, dtype="uint8", high=40)),
        case(draw(4, 3), raises=ShapeError, match="height, width and channels"),
        case(draw(2, 4, 5, 3), data_format="last", raises=ArgumentError, match="data_format"),
    ],
)
def sobel_edges(images: Tensor, data_format: str | None = None) -> Tensor:
    """The change of images along their height and along their width, as two entries of a new last axis.

    The first is `s(images[i + 1]) - s(images[i - 1])` with `s(x) = x[j - 1] + 2 x[j] + x[j + 1]`, the second the same
    with the axes changed; zeros are around the images.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; any dtype.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the dtype of `images`, shape `(*images.shape, 2)`. Integers are held at the ends of their range;
        sums of four that leave 32 or 64 bits wrap, as those of `add` do.

    Raises:
        ArgumentError: There is no such data format.
        ShapeError: The images have other axes.

    Source: Sobel, Feldman (1968), "A 3x3 isotropic gradient operator for image processing".

    ```python
    >>> import numpy as np
    >>> sobel_edges(np.array([[[0], [0], [1]]]))[0, :, 0].tolist()
    [[0, 0], [0, 2], [0, 0]]

    ```
    """
    from multikeras import ops

    height, _ = image_axes(tuple(images.shape), data_format)
    kind = ops.dtype(images)
    small = kind == "bool" or (lattice.is_integer(kind) and lattice.numpy_dtype(kind).itemsize < 4)
    x = ops.cast(images, "int32") if small or lattice.numpy_dtype(kind).itemsize == 1 else images
    unsigned = ops.dtype(x).startswith("uint")
    padded = with_borders(x, height, [(1, 1), (1, 1)])
    shape = ops.shape(images)
    results = []
    for along, across in ((height, height + 1), (height + 1, height)):
        smooth = _three(padded, across, shape[across])
        before, behind = (_part(smooth, along, i, shape[along]) for i in (0, 2))
        if unsigned:
            behind = ops.maximum(before, behind)
        results.append(ops.subtract(behind, before))
    edges = ops.stack(results, -1)
    if ops.dtype(edges) == kind:
        return edges
    return ops.cast(edges, kind) if kind == "bool" else ops.saturate_cast(edges, kind)


def _part(x: Any, axis: int, start: int, count: Any) -> Any:
    from multikeras import ops

    return ops.get_item(x, (slice(None),) * axis + (slice(start, start + count),))


def _three(x: Any, axis: int, count: Any) -> Any:
    """Each entry, doubled, with its two neighbours."""
    from multikeras import ops

    before, middle, behind = (_part(x, axis, i, count) for i in range(3))
    return ops.add(ops.add(before, behind), ops.multiply(middle, 2))


def edges_by_convolution(images: Any, data_format: str | None = None) -> Any:
    """What `sobel_edges` is, for backends whose convolutions of single channels are fast."""
    from multikeras import ops

    height, axis = image_axes(tuple(images.shape), data_format)
    kind, channels = ops.dtype(images), images.shape[axis]
    if channels is None or 0 in images.shape or not lattice.is_float(kind) or lattice.numpy_dtype(kind).itemsize == 1:
        return sobel_edges.op.body(images, data_format)  # type: ignore[attr-defined]
    data_format = "channels_last" if axis > height else "channels_first"
    mask = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    masks = np.stack([mask, mask.T], -1)[:, :, None].astype(lattice.numpy_dtype(kind))
    kernel = ops.repeat(ops.convert_to_tensor(masks), channels, 2)
    x = ops.expand_dims(images, 0) if len(images.shape) == 3 else images
    x = ops.depthwise_conv(x, kernel, 1, "same", data_format)
    sizes = [*ops.shape(images)]
    if data_format == "channels_last":
        return ops.reshape(x, (*sizes, 2))
    return ops.moveaxis(ops.reshape(x, (*sizes[: axis + 1], 2, *sizes[axis + 1 :])), axis + 1, -1)
