"""Images whose pixels are shifted at random, neighbours alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import image_axes
from multikeras.ops.image.blurring import gaussian_blur
from multikeras.ops.image.coordinates import check_fill_mode, places_dtype, read_order
from multikeras.ops.image.warping import at_places, check_images


def _kernel_size(sigma: Any) -> int:
    """How many entries the kernel of a blur has: an odd number of about six deviations."""
    try:
        deviation = float(sigma)
    except (TypeError, ValueError):
        deviation = 0.0
    if isinstance(sigma, str) or not deviation > 0:
        raise ArgumentError("`sigma` is a number above 0.", received=f"sigma={sigma!r}", hint="sigma=5.0")
    return int(6 * deviation) | 1


@rules.rule()
def _elastic_rule(
    images: Spec,
    alpha: Any = 20.0,
    sigma: Any = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Spec:
    read_order(interpolation)
    check_fill_mode(fill_mode)
    _kernel_size(sigma)
    check_images(images.shape, data_format, fill_mode)
    return Spec(images.shape, rules.same(images.dtype))


def _unmoved(images: np.ndarray, alpha: float, *rest: Any, **named: Any) -> np.ndarray:
    """The images: draws that count for nothing. What they do otherwise has tests of its own."""
    assert alpha == 0
    return images


@composite(
    name="image.elastic_transform",
    infer=_elastic_rule,
    reference=_unmoved,
    cases=[
        case(draw(2, 4, 5, 3), 0.0, 0.4, seed=1),
        case(draw(3, 4, 2), 0.0, 0.7, "nearest", "constant", 1.0, seed=2),
        case(draw(2, 3, 4, 5), 0.0, 0.4, fill_mode="wrap", seed=3, data_format="channels_first"),
        case(draw(2, 4, 5, 1, dtype="uint8", high=200), 0.0, 0.4, fill_mode="nearest", seed=4),
        case(draw(0, 4, 5, 1), 0.0, 0.4, seed=4),
        case(draw(4, 3), raises=ShapeError, match="height, width and channels"),
        case(draw(2, 0, 3, 1), raises=ShapeError, match="a pixel to begin with"),
        case(draw(2, 4, 3, 1), sigma=0.0, raises=ArgumentError, match="`sigma` is a number above 0"),
        case(draw(2, 4, 3, 1), interpolation="bicubic", raises=ArgumentError, match="`interpolation` is one of"),
        case(draw(2, 4, 3, 1), fill_mode="edge", raises=ArgumentError, match="`fill_mode` is one of"),
        case(draw(2, 4, 3, 1), data_format="last", raises=ArgumentError, match="data_format"),
    ],
)
def elastic_transform(
    images: Tensor,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Tensor:
    """Images whose pixel (i, j) is that at `(i + alpha sigma B(n)[i, j], j + alpha sigma B(m)[i, j])`.

    B is a Gaussian blur with the deviation `sigma`, n and m are drawn from the standard normal distribution, pixel by
    pixel and anew for each image of a batch; all channels move together.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; any dtype.
        alpha: How far pixels move.
        sigma: How far movements resemble each other, in pixels: the deviation of the blur, whose kernel has
            `int(6 sigma)` entries, or one more to be odd.
        interpolation: `"nearest"` or `"bilinear"`.
        fill_mode: How images go on beyond their edges: `"constant"`, `"nearest"`, `"wrap"`, `"mirror"` or `"reflect"`,
            as in `map_coordinates`.
        fill_value: The value there with `"constant"`.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the shape and dtype of `images`.

    Raises:
        ArgumentError: There is no such interpolation, mode or data format, or no deviation.
        ShapeError: The images have other axes.

    Source: Simard, Steinkraus, Platt (2003), "Best practices for convolutional neural networks applied to visual
    document analysis", ICDAR, section 2.

    ```python
    >>> import numpy as np
    >>> image = np.arange(12.0).reshape(3, 4, 1)
    >>> bool((elastic_transform(image, 3.0, 0.5, seed=1) == elastic_transform(image, 3.0, 0.5, seed=1)).all())
    True

    ```
    """
    from multikeras import ops, random

    kind = ops.dtype(images)
    _elastic_rule(Spec(tuple(images.shape), kind), alpha, sigma, interpolation, fill_mode, 0, seed, data_format)
    height, _ = image_axes(tuple(images.shape), data_format)
    shape = ops.shape(images)
    rows, columns = shape[height : height + 2]
    wide = places_dtype(kind)
    batch = shape[0] if len(images.shape) == 4 else 1
    drawn = random.normal((2 * batch, rows, columns, 1), dtype=wide, seed=seed)
    size = _kernel_size(sigma)
    moved = gaussian_blur(drawn, (size, size), (sigma, sigma), "channels_last")
    moved = ops.multiply(ops.squeeze(moved, -1), ops.cast(ops.multiply(alpha, sigma), wide))
    i = ops.reshape(ops.arange(rows, dtype=wide), (1, -1, 1))
    j = ops.reshape(ops.arange(columns, dtype=wide), (1, 1, -1))
    places = (ops.add(i, moved[:batch]), ops.add(j, moved[batch:]))
    return at_places(images, places, read_order(interpolation), fill_mode, fill_value, data_format)
