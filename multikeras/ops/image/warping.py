"""Images seen through affine and perspective transforms."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import image_axes
from multikeras.ops.image.coordinates import (
    FILL_MODES,
    check_fill_mode,
    check_places,
    places_dtype,
    read_order,
    sampled,
)
from multikeras.testing import sampling_oracle


def check_images(shape: Any, data_format: str | None, fill_mode: str) -> int:
    """The position of the height of images that can be sampled.

    Raises:
        ArgumentError: There is no such data format.
        ShapeError: The shape is none of images, or without pixels.
    """
    height, _ = image_axes(shape, data_format)
    if 0 in shape[height : height + 2] and fill_mode != "constant":
        raise ShapeError("There is a pixel to begin with.", received=f"images of shape {shape}")
    return height


def _check_batch(images: Spec, count: int | None, what: str) -> None:
    """Make sure that there is one of something for each image, or one for all."""
    have = images.shape[0] if len(images.shape) == 4 else 1
    if count is not None and have is not None and count not in (1, have):
        raise ShapeError(
            f"There is one {what} for each image, or one for all.", received=f"images={images}, {count} of them"
        )


def at_places(
    images: Any, places: tuple[Any, Any], order: int, fill_mode: str, fill_value: Any, data_format: str | None
) -> Any:
    """Images of the same shape whose pixels are taken elsewhere.

    Args:
        images: One, or a batch.
        places: The row and the column where, of shape `(batch, height, width)`.
        order: 0 or 1, as in `sampled`.
        fill_mode: How it goes on beyond the edges.
        fill_value: What is there with `"constant"`.
        data_format: `"channels_last"`, `"channels_first"` or `None`.
    """
    from multikeras import ops

    height, channels = image_axes(tuple(images.shape), data_format)
    x = images if channels > height else ops.moveaxis(images, channels, -1)
    x = x if len(images.shape) == 4 else ops.expand_dims(x, 0)
    result = sampled(x, places, order, fill_mode, fill_value, batched=True)
    result = result if len(images.shape) == 4 else ops.squeeze(result, 0)
    return result if channels > height else ops.moveaxis(result, -1, channels)


def _projected(images: Any, transform: Any, height: int) -> tuple[Any, Any]:
    """The row and the column that transforms of shape (batch, 8) take each pixel from."""
    from multikeras import ops

    kind = ops.dtype(transform)
    rows, columns = ops.shape(images)[height : height + 2]
    y = ops.reshape(ops.arange(rows, dtype=kind), (1, -1, 1))
    x = ops.reshape(ops.arange(columns, dtype=kind), (1, 1, -1))
    a0, a1, a2, b0, b1, b2, c0, c1 = (
        ops.reshape(ops.get_item(transform, (slice(None), i)), (-1, 1, 1)) for i in range(8)
    )

    def plane(across: Any, along: Any, start: Any) -> Any:
        return ops.add(ops.multiply(x, across), ops.add(ops.multiply(y, along), start))

    depth = plane(c0, c1, 1.0)
    # What is infinitely far away is beyond every edge.
    depth = ops.where(ops.equal(depth, 0), 1e-6, depth)
    return ops.divide(plane(b0, b1, b2), depth), ops.divide(plane(a0, a1, a2), depth)


@rules.rule()
def _affine_rule(
    images: Spec,
    transform: Spec,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Spec:
    read_order(interpolation)
    check_fill_mode(fill_mode)
    check_images(images.shape, data_format, fill_mode)
    check_places(transform=transform)
    if not 1 <= len(transform.shape) <= 2 or transform.shape[-1] not in (8, None):
        raise ShapeError("A transform has eight numbers.", received=f"transform={transform}")
    _check_batch(images, transform.shape[0] if len(transform.shape) == 2 else 1, "transform")
    return Spec(images.shape, rules.same(images.dtype))


_TURNED = [0.813, 0.352, -0.317, -0.413, 0.907, 0.719, 0.0, 0.0]
_MOVED = [1.0, 0.0, -1.31, 0.0, 1.0, 1.63, 0.0, 0.0]


@composite(
    name="image.affine_transform",
    infer=_affine_rule,
    reference=sampling_oracle.affine_transform,
    cases=[
        *(case(draw(2, 4, 5, 2), [_TURNED, _MOVED], "bilinear", mode, tolerance=64) for mode in FILL_MODES),
        *(case(draw(2, 3, 4), _TURNED, "nearest", mode, data_format="channels_first") for mode in FILL_MODES),
        case(draw(2, 2, 4, 3), [_MOVED, _TURNED], fill_value=1.5, data_format="channels_first", tolerance=64),
        case(draw(3, 4, 1), [_TURNED], tolerance=64),
        case(draw(2, 3, 4, 1), _MOVED, tolerance=64),
        case(draw(1, 3, 4, 1), [[1.03, 0.21, 0.13, 0.11, 0.91, 0.31, 0.053, -0.031]], tolerance=64),
        case(draw(2, 4, 5, 1, dtype="uint8", high=200), [_MOVED, _TURNED], "bilinear", "nearest"),
        case(draw(2, 4, 5, 1, dtype="int32", low=-99, high=99), [_MOVED, _TURNED], "nearest", "wrap"),
        case(draw(3, 3, 1), [[1, 0, 1, 0, 1, 0, 0, 0]], gradient=False),
        case(draw(2, 3, 4, 1), draw(8, dtype="complex64"), raises=DTypeError, match="Places are real"),
        case(draw(0, 3, 4, 1), _MOVED),
        case(draw(4, 3), _MOVED, raises=ShapeError, match="height, width and channels"),
        case(draw(2, 0, 3, 1), _MOVED, fill_mode="wrap", raises=ShapeError, match="a pixel to begin with"),
        case(draw(2, 4, 3, 1), draw(2, 6), raises=ShapeError, match="eight numbers"),
        case(draw(2, 4, 3, 1), draw(3, 8), raises=ShapeError, match="one transform for each image"),
        case(draw(4, 3, 1), draw(2, 8), raises=ShapeError, match="one transform for each image"),
        case(draw(2, 4, 3, 1), _MOVED, "bicubic", raises=ArgumentError, match="`interpolation` is one of"),
        case(draw(2, 4, 3, 1), _MOVED, fill_mode="edge", raises=ArgumentError, match="`fill_mode` is one of"),
        case(draw(2, 4, 3, 1), _MOVED, data_format="last", raises=ArgumentError, match="data_format"),
    ],
)
def affine_transform(
    images: Tensor,
    transform: Tensor,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Images whose pixel (x, y) is that at `((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)`, `k = c0 x + c1 y + 1`.

    Here x counts columns and y rows.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; any dtype.
        transform: `(a0, a1, a2, b0, b1, b2, c0, c1)`, shape `(8,)` or `(batch, 8)`; numbers. With c0 = c1 = 0 it is
            affine.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: How images go on beyond their edges: `"constant"`, `"nearest"`, `"wrap"`, `"mirror"` or `"reflect"`,
            as in `map_coordinates`.
        fill_value: The value there with `"constant"`.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the shape and dtype of `images`. Gradients flow to the transform too.

    Raises:
        ArgumentError: There is no such interpolation, mode or data format.
        DTypeError: A transform is complex.
        ShapeError: The images have other axes, a transform has not eight numbers, or there is not one for each image.

    ```python
    >>> import numpy as np
    >>> row = np.array([[[1.0], [2.0], [4.0]]])
    >>> affine_transform(row, np.array([1, 0, 0.5, 0, 1, 0, 0, 0])).ravel().tolist()
    [1.5, 3.0, 2.0]

    ```
    """
    from multikeras import ops

    kind = ops.dtype(images)
    _affine_rule(
        Spec(tuple(images.shape), kind),
        Spec(tuple(transform.shape), ops.dtype(transform)),
        interpolation,
        fill_mode,
        0,
        data_format,
    )
    height, _ = image_axes(tuple(images.shape), data_format)
    transform = ops.cast(transform, places_dtype(kind, ops.dtype(transform)))
    transform = transform if len(transform.shape) == 2 else ops.expand_dims(transform, 0)
    places = _projected(images, transform, height)
    return at_places(images, places, read_order(interpolation), fill_mode, fill_value, data_format)


@rules.rule()
def _perspective_rule(
    images: Spec,
    start_points: Spec,
    end_points: Spec,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Spec:
    read_order(interpolation)
    check_images(images.shape, data_format, "constant")
    check_places(start_points=start_points, end_points=end_points)
    for points in (start_points, end_points):
        shape = points.shape
        if not 2 <= len(shape) <= 3 or shape[-2] not in (4, None) or shape[-1] not in (2, None):
            raise ShapeError(
                "Four points (x, y) go to four others.",
                received=f"start_points={start_points}, end_points={end_points}",
            )
        _check_batch(images, shape[0] if len(shape) == 3 else 1, "set of four points")
    return Spec(images.shape, rules.same(images.dtype))


def _explain_line(images: np.ndarray, start_points: np.ndarray, end_points: np.ndarray, *rest: Any) -> None:
    for name, points in (("start_points", start_points), ("end_points", end_points)):
        for three in itertools.combinations(range(4), 3):
            a, b, c = np.moveaxis(points[..., three, :].astype(np.float64), -2, 0)
            d, e = b - a, c - a
            if np.any(d[..., 0] * e[..., 1] == d[..., 1] * e[..., 0]):
                raise ArgumentError("No three of four points lie on a line.", received=f"{name}={points.tolist()}")


_CORNERS = [[0.0, 0.0], [0.0, 3.0], [4.0, 0.0], [4.0, 3.0]]
_MOVED_CORNERS = [[0.41, -0.32], [-0.23, 2.61], [4.33, 0.72], [3.64, 3.43]]


@composite(
    name="image.perspective_transform",
    infer=_perspective_rule,
    reference=sampling_oracle.perspective_transform,
    cases=[
        case(draw(2, 4, 5, 2), [_CORNERS, _MOVED_CORNERS], [_MOVED_CORNERS, _CORNERS], tolerance=256),
        case(draw(4, 5, 2), _CORNERS, _MOVED_CORNERS, fill_value=1.5, tolerance=256),
        case(draw(2, 2, 4, 5), _CORNERS, _MOVED_CORNERS, data_format="channels_first", tolerance=256),
        case(draw(2, 4, 5), [_MOVED_CORNERS], [_CORNERS], "nearest", data_format="channels_first"),
        case(draw(2, 4, 5, 1), [_CORNERS], _MOVED_CORNERS, "nearest", -1.0),
        case(draw(1, 4, 5, 1, dtype="uint8", high=200), _CORNERS, _MOVED_CORNERS),
        case(draw(0, 4, 5, 2), _CORNERS, _MOVED_CORNERS),
        case(draw(4, 3), _CORNERS, _CORNERS, raises=ShapeError, match="height, width and channels"),
        case(draw(2, 4, 5, 2), draw(4, 2, dtype="complex64"), _CORNERS, raises=DTypeError, match="Places are real"),
        case(draw(2, 4, 5, 2), draw(3, 2), _CORNERS, raises=ShapeError, match="Four points"),
        case(draw(2, 4, 5, 2), _CORNERS, draw(4), raises=ShapeError, match="Four points"),
        case(draw(2, 4, 5, 2), draw(3, 4, 2), draw(3, 4, 2), raises=ShapeError, match="for each image"),
        case(draw(2, 4, 3, 1), _CORNERS, _CORNERS, "bicubic", raises=ArgumentError, match="`interpolation` is one of"),
        case(draw(2, 4, 3, 1), _CORNERS, _CORNERS, data_format="last", raises=ArgumentError, match="data_format"),
    ],
    explain=_explain_line,
)
def perspective_transform(
    images: Tensor,
    start_points: Tensor,
    end_points: Tensor,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Images in perspective: what was at four points is at four others, and straight lines stay straight.

    The pixel (x, y) is that at `((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)` with `k = c0 x + c1 y + 1`, the eight
    numbers being those with which the end points go to the start points.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; any dtype.
        start_points: Four points (column, row) of the images, shape `(4, 2)` or `(batch, 4, 2)`; no three on a line.
        end_points: Where they are to be, likewise.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_value: The value beyond the edges of the images.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the shape and dtype of `images`. Gradients flow to the points too.

    Raises:
        ArgumentError: There is no such interpolation or data format; three points lie on a line, which some backends
            find out, and others return nan or infinity for.
        DTypeError: Points are complex.
        ShapeError: The images have other axes, or there are not four points for each image.

    Source: Heckbert (1989), "Fundamentals of texture mapping and image warping", 2.2.3.

    ```python
    >>> import numpy as np
    >>> square = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    >>> perspective_transform(np.array([[[1.0], [2.0]]]), square, square + [1, 0]).ravel().round(4).tolist()
    [0.0, 1.0]

    ```
    """
    from multikeras import ops

    kind = ops.dtype(images)
    start, end = (Spec(tuple(points.shape), ops.dtype(points)) for points in (start_points, end_points))
    _perspective_rule(Spec(tuple(images.shape), kind), start, end, interpolation, 0, data_format)
    wide = places_dtype(kind, ops.dtype(start_points), ops.dtype(end_points))
    start_points, end_points = (ops.reshape(ops.cast(p, wide), (-1, 4, 2)) for p in (start_points, end_points))
    homography = _homography(start_points, end_points)
    return affine_transform(images, homography, interpolation, "constant", fill_value, data_format)


def _homography(start: Any, end: Any) -> Any:
    """The eight numbers with which end points go to start points, shape (batch, 8)."""
    from multikeras import ops

    zeros = ops.zeros_like(ops.add(start, end))
    x, y = (ops.add(ops.get_item(end, (..., i)), ops.get_item(zeros, (..., i))) for i in range(2))
    from_x, from_y = (ops.add(ops.get_item(start, (..., i)), ops.get_item(zeros, (..., i))) for i in range(2))
    none, one = ops.zeros_like(x), ops.ones_like(x)
    rows = [
        ops.stack([*front, *back, ops.negative(ops.multiply(to, x)), ops.negative(ops.multiply(to, y))], -1)
        for front, back, to in (((x, y, one), (none, none, none), from_x), ((none, none, none), (x, y, one), from_y))
    ]
    right = ops.expand_dims(ops.concatenate([from_x, from_y], 1), -1)
    return ops.squeeze(ops.solve(ops.concatenate(rows, 1), right), -1)
