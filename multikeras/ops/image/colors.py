"""Images in other colors."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import image_axes

SHARES = (0.2989, 0.587, 0.114)


def _channels_axis(shape: Shape, data_format: str | None, allowed: tuple[int, ...]) -> int:
    """The position of the channels, of which there are as many as allowed."""
    axis = image_axes(shape, data_format)[1]
    if shape[axis] is not None and shape[axis] not in allowed:
        raise ShapeError(
            f"Images in these colors have {' or '.join(map(str, allowed))} channels.",
            received=f"images of shape {shape}",
            hint='data_format="channels_last" or "channels_first"',
        )
    return axis


def _channel(x: Any, axis: int, i: int) -> Any:
    """One channel, without its axis."""
    from multikeras import ops

    return ops.get_item(x, (slice(None),) * axis + (i,))


@rules.rule()
def _gray_rule(images: Spec, data_format: str | None = None) -> Spec:
    axis = _channels_axis(images.shape, data_format, (1, 3))
    return Spec((*images.shape[:axis], 1, *images.shape[axis + 1 :]), rules.same(images.dtype))


def _slow_gray(images: np.ndarray, data_format: str | None = None) -> np.ndarray:
    axis = -3 if data_format == "channels_first" else -1
    if images.shape[axis] == 1:
        return images
    x = np.moveaxis(images, axis, 0).astype(np.complex128 if images.dtype.kind == "c" else np.float64)
    return np.expand_dims(0.2989 * x[0] + 0.587 * x[1] + 0.114 * x[2], axis).astype(images.dtype)


@composite(
    name="image.rgb_to_grayscale",
    infer=_gray_rule,
    reference=_slow_gray,
    cases=[
        case(draw(2, 4, 5, 3)),
        case(draw(4, 5, 3, low=0.0, high=1.0)),
        case(draw(2, 3, 4, 5), data_format="channels_first"),
        case(draw(3, 4, 5), "channels_first"),
        case(draw(2, 4, 5, 1)),
        case(draw(1, 4, 5), data_format="channels_first"),
        case(draw(2, 3, 4, 3, dtype="uint8", high=254)),
        case(draw(2, 3, 4, 3, dtype="int32", low=-99, high=99)),
        case(draw(0, 4, 5, 3)),
        case(draw(2, 0, 5, 3)),
        case(draw(4, 3), raises=ShapeError, match="height, width and channels"),
        case(draw(2, 2, 2, 2, 3), raises=ShapeError, match="height, width and channels"),
        case(draw(2, 4, 5, 4), raises=ShapeError, match="1 or 3 channels"),
        case(draw(2, 3, 5, 4), data_format="NCHW", raises=ArgumentError, match="data_format"),
    ],
    real=True,
)
def rgb_to_grayscale(images: Tensor, data_format: str | None = None) -> Tensor:
    """Images in shades of gray: `0.2989 red + 0.587 green + 0.114 blue`.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; 3 channels, or 1: that of gray images, which are returned as they are. Any dtype.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the dtype of `images` with one channel. Of integers the fraction is cut off.

    Raises:
        ArgumentError: There is no such data format.
        ShapeError: The images have other axes, or neither 1 nor 3 channels.

    Source: ITU-R Recommendation BT.601 (2011), 2.5.1, whose shares 0.299, 0.587 and 0.114 MATLAB's `rgb2gray` rounded.

    ```python
    >>> import numpy as np
    >>> rgb_to_grayscale(np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])).ravel().tolist()
    [0.2989, 0.587]

    ```
    """
    from multikeras import ops

    axis = _channels_axis(tuple(images.shape), data_format, (1, 3))
    if images.shape[axis] == 1:
        return images
    kind = ops.dtype(images)
    floating = lattice.is_float(kind) or kind in lattice.COMPLEX
    x = images if floating and lattice.numpy_dtype(kind).itemsize > 1 else ops.cast(images, "float32")
    if images.shape[axis] is None:
        gray = _gray_of_either(x, axis)
    else:
        red, green, blue = (ops.multiply(_channel(x, axis, i), share) for i, share in enumerate(SHARES))
        gray = ops.expand_dims(ops.add(ops.add(red, green), blue), axis)
    return gray if ops.dtype(gray) == kind else ops.cast(gray, kind)


def _gray_of_either(x: Any, axis: int) -> Any:
    """Images in gray whose channels are counted only when a step runs."""
    from multikeras import ops

    count = ops.shape(x)[axis]
    shares = ops.where(ops.equal(count, 1), [1.0, 0.0, 0.0], SHARES)
    shape = [1] * len(x.shape)
    shape[axis] = count
    shares = ops.reshape(ops.get_item(shares, slice(0, count)), tuple(shape))
    return ops.sum(ops.multiply(x, ops.cast(shares, ops.dtype(x))), axis, keepdims=True)


@rules.rule()
def _color_rule(images: Spec, data_format: str | None = None) -> Spec:
    _channels_axis(images.shape, data_format, (3,))
    if not lattice.is_float(images.dtype):
        raise DTypeError(
            "Colors are converted as floats from 0 to 1.", received=f"images={images}", hint="images / 255"
        )
    return Spec(images.shape, rules.same(images.dtype))


def _by_pixel(convert: Any) -> Any:
    """Python's own conversion, pixel by pixel."""

    def slow(images: np.ndarray, data_format: str | None = None) -> np.ndarray:
        axis = -3 if data_format == "channels_first" else -1
        x = np.moveaxis(images, axis, -1)
        pixels = np.array([convert(*pixel) for pixel in x.reshape(-1, 3)]).reshape(x.shape)
        return np.moveaxis(pixels, -1, axis)

    return slow


_BAD = [
    case(draw(4, 3), raises=ShapeError, match="height, width and channels"),
    case(draw(2, 4, 5, 1), raises=ShapeError, match="have 3 channels"),
    case(draw(4, 3, 5), raises=ShapeError, match="have 3 channels"),
    case(draw(2, 3, 5, 4), data_format="NCHW", raises=ArgumentError, match="data_format"),
    case(draw(2, 4, 3, dtype="uint8"), raises=DTypeError, match="floats from 0 to 1"),
]
_FLOATS = ("float32", "float64", "float16", "bfloat16")


@composite(
    name="image.rgb_to_hsv",
    infer=_color_rule,
    reference=_by_pixel(colorsys.rgb_to_hsv),
    cases=[
        case(draw(2, 4, 5, 3, low=0.0, high=1.0), dtypes=_FLOATS),
        case(draw(4, 5, 3, low=0.0, high=1.0), dtypes=_FLOATS),
        case(draw(2, 3, 4, 5, low=0.0, high=1.0), data_format="channels_first", dtypes=_FLOATS),
        case(draw(3, 4, 5, low=0.0, high=1.0), "channels_first", dtypes=_FLOATS),
        case([[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.5, 0.5, 0.25], [1.0, 0.0, 1.0]]], gradient=False),
        case([[[0.25, 0.25, 0.25], [0.0, 1.0, 1.0], [1.0, 0.0, 0.25], [0.0, 0.0, 1.0]]], gradient=False),
        case(draw(0, 4, 5, 3)),
        *_BAD,
    ],
)
def rgb_to_hsv(images: Tensor, data_format: str | None = None) -> Tensor:
    """Images in hue, saturation and value in the place of red, green and blue.

    With `v = max(r, g, b)` and `d = v - min(r, g, b)` the value is v, the saturation `d / v`, and the hue in turns
    `(g - b) / 6d` where red is v, else `1/3 + (b - r) / 6d` where green is, else `2/3 + (r - g) / 6d`, modulo 1. Gray
    has the hue 0, black the saturation 0.

    Args:
        images: Shape `(batch, height, width, 3)` or `(batch, 3, height, width)`, the batch axis may be missing; floats
            from 0 to 1.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the shape and dtype of `images`, from 0 to 1.

    Raises:
        ArgumentError: There is no such data format.
        DTypeError: The images are no floats.
        ShapeError: The images have other axes, or not 3 channels.

    Source: Smith (1978), "Color gamut transform pairs", SIGGRAPH 12, algorithm 1.

    ```python
    >>> import numpy as np
    >>> rgb_to_hsv(np.array([[[1.0, 0.0, 0.0], [0.5, 0.75, 1.0]]])).round(3).tolist()
    [[[0.0, 1.0, 1.0], [0.583, 0.5, 1.0]]]

    ```
    """
    from multikeras import ops

    _color_rule(Spec(tuple(images.shape), ops.dtype(images)), data_format)
    axis = image_axes(tuple(images.shape), data_format)[1]
    red, green, blue = (_channel(images, axis, i) for i in range(3))
    # Sorted, so that no entry is picked by a condition: hosts are slow at that.
    high, low = ops.maximum(green, blue), ops.minimum(green, blue)
    value, middle = ops.maximum(red, high), ops.minimum(red, high)
    span = ops.subtract(value, ops.minimum(middle, low))
    # In sixths of a turn: 0 and 6 where red is the largest (blue, or green, the least), -2 and 4 where another is.
    kind = ops.dtype(images)
    bluish, not_red = ops.cast(ops.less(green, blue), kind), ops.cast(ops.less(red, high), kind)
    start = ops.subtract(ops.multiply(not_red, ops.subtract(ops.multiply(bluish, 12), 2)), ops.multiply(bluish, 6))
    safe = ops.add(span, ops.cast(ops.equal(span, 0), kind))
    hue = ops.divide(ops.absolute(ops.add(start, ops.divide(ops.subtract(middle, low), safe))), 6)
    saturation = ops.divide(span, ops.add(value, ops.cast(ops.equal(value, 0), kind)))
    return ops.stack([hue, saturation, value], axis)


@composite(
    name="image.hsv_to_rgb",
    infer=_color_rule,
    reference=_by_pixel(lambda h, s, v: colorsys.hsv_to_rgb(h % 1.0, s, v)),
    cases=[
        case(draw(2, 4, 5, 3, low=0.0, high=1.0), dtypes=_FLOATS, tolerance=16),
        case(draw(4, 5, 3, low=0.0, high=1.0), dtypes=_FLOATS, tolerance=16),
        case(draw(2, 3, 4, 5, low=0.0, high=1.0), data_format="channels_first", dtypes=_FLOATS, tolerance=16),
        case(draw(3, 4, 5, low=0.0, high=1.0), "channels_first", dtypes=_FLOATS, tolerance=16),
        case([[[0.0, 0.0, 0.0], [0.5, 1.0, 1.0], [0.0, 0.5, 0.25], [1.0, 1.0, 0.5]]], gradient=False),
        case([[[0.75, 0.25, 0.5], [1.5, 1.0, 1.0], [-0.125, 0.5, 1.0], [0.25, 0.0, 1.0]]], gradient=False),
        case(draw(0, 4, 5, 3)),
        *_BAD,
    ],
)
def hsv_to_rgb(images: Tensor, data_format: str | None = None) -> Tensor:
    """Images in red, green and blue in the place of hue, saturation and value.

    With `k = 6 (h mod 1)` red is `v - v s (2 - |k - 3|)`, green `v - v s (|k - 2| - 1)` and blue
    `v - v s (|k - 4| - 1)`, the brackets held between 0 and 1.

    Args:
        images: Shape `(batch, height, width, 3)` or `(batch, 3, height, width)`, the batch axis may be missing; floats
            from 0 to 1. Hues count modulo 1.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the shape and dtype of `images`, from 0 to 1.

    Raises:
        ArgumentError: There is no such data format.
        DTypeError: The images are no floats.
        ShapeError: The images have other axes, or not 3 channels.

    Source: Smith (1978), "Color gamut transform pairs", SIGGRAPH 12, algorithm 2.

    ```python
    >>> import numpy as np
    >>> hsv_to_rgb(np.array([[[0.0, 1.0, 1.0], [0.5, 1.0, 0.5]]])).tolist()
    [[[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]]

    ```
    """
    from multikeras import ops

    _color_rule(Spec(tuple(images.shape), ops.dtype(images)), data_format)
    axis = image_axes(tuple(images.shape), data_format)[1]
    hue, saturation, value = (_channel(images, axis, i) for i in range(3))
    sectors = ops.multiply(ops.subtract(hue, ops.floor(hue)), 6.0)
    chroma = ops.multiply(value, saturation)
    gaps = (
        ops.subtract(2.0, ops.absolute(ops.subtract(sectors, 3.0))),
        ops.subtract(ops.absolute(ops.subtract(sectors, 2.0)), 1.0),
        ops.subtract(ops.absolute(ops.subtract(sectors, 4.0)), 1.0),
    )
    parts = [ops.subtract(value, ops.multiply(chroma, ops.clip(gap, 0.0, 1.0))) for gap in gaps]
    return ops.stack(parts, axis)
