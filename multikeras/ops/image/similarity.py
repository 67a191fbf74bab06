"""How alike two images look."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.image.blurring import computed_dtype, gaussian_blur, read_blur


@rules.rule("promote")
def _ssim_rule(
    image1: Spec,
    image2: Spec,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Spec:
    if isinstance(filter_size, (list, tuple)):
        raise ArgumentError("`filter_size` is an integer from 1 on.", received=f"filter_size={filter_size!r}")
    height, _ = read_blur(image1.shape, filter_size, filter_sigma, data_format)
    if len(image1.shape) != len(image2.shape) or any(
        a != b and None not in (a, b) for a, b in zip(image1.shape, image2.shape, strict=True)
    ):
        raise ShapeError("Images that are compared have one shape.", received=f"image1={image1}, image2={image2}")
    for shape in (image1.shape, image2.shape):
        if any(size is not None and size < filter_size for size in shape[height : height + 2]):
            raise ShapeError(
                "Images are at least as large as the filter.", received=f"image1={image1}, filter_size={filter_size}"
            )
    if rules.common(image1, image2) in lattice.COMPLEX:
        raise DTypeError("Pixels that are compared are real.", received=f"image1={image1}, image2={image2}")
    return Spec(image1.shape[:-3], rules.floating(rules.common(image1, image2)))


def _slow_ssim(
    image1: np.ndarray,
    image2: np.ndarray,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> np.ndarray:
    """Window by window, with the moments of the paper, eq. 14 to 16."""
    axis = -3 if data_format == "channels_first" else -1
    x, y = (np.moveaxis(image, axis, -1).astype(np.float64) for image in (image1, image2))
    places = np.arange(filter_size) - (filter_size - 1) / 2
    bell = np.exp(-(places**2) / (2 * filter_sigma**2))
    weights = np.outer(bell, bell) / bell.sum() ** 2
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    rows, columns = (size - filter_size + 1 for size in x.shape[-3:-1])
    values = np.zeros((*x.shape[:-3], rows, columns, x.shape[-1]))
    for i, j in np.ndindex(rows, columns):
        a, b = (image[..., i : i + filter_size, j : j + filter_size, :] for image in (x, y))

        def mean(z: np.ndarray) -> np.ndarray:
            return np.einsum("hw,...hwc->...c", weights, z)

        mean1, mean2 = mean(a), mean(b)
        away1, away2 = (z - m[..., None, None, :] for z, m in ((a, mean1), (b, mean2)))
        light = (2 * mean1 * mean2 + c1) / (mean1**2 + mean2**2 + c1)
        structure = (2 * mean(away1 * away2) + c2) / (mean(away1**2) + mean(away2**2) + c2)
        values[..., i, j, :] = light * structure
    return values.mean((-3, -2, -1))


def _pictures(*shape: int, salt: int = 0, dtype: str | None = None, high: float = 1.0) -> Any:
    return draw(*shape, low=0.0, high=high, salt=salt, dtype=dtype)


@composite(
    name="image.ssim",
    infer=_ssim_rule,
    reference=_slow_ssim,
    cases=[
        case(_pictures(2, 12, 13, 2), _pictures(2, 12, 13, 2, salt=1), tolerance=64),
        case(_pictures(11, 12, 1), _pictures(11, 12, 1, salt=1), tolerance=64),
        case(
            _pictures(2, 3, 6, 5),
            _pictures(2, 3, 6, 5, salt=1),
            1.0,
            3,
            0.8,
            data_format="channels_first",
            tolerance=64,
        ),
        case(_pictures(3, 6, 5), _pictures(3, 6, 5, salt=1), 2.0, 4, 1.1, 0.02, 0.05, "channels_first", tolerance=64),
        case(_pictures(1, 4, 5, 2), _pictures(1, 4, 5, 2, salt=1), filter_size=1, tolerance=64),
        case(_pictures(1, 4, 5, 2), _pictures(1, 4, 5, 2), filter_size=3, gradient=False),
        case(
            _pictures(1, 6, 5, 1, dtype="uint8", high=200),
            _pictures(1, 6, 5, 1, dtype="uint8", high=200, salt=1),
            255.0,
            5,
            tolerance=64,
        ),
        case(draw(0, 4, 5, 2), draw(0, 4, 5, 2), filter_size=3),
        case(draw(4, 3), draw(4, 3), raises=ShapeError, match="height, width and channels"),
        case(draw(2, 4, 4, 1, dtype="complex64"), draw(2, 4, 4, 1), filter_size=3, raises=DTypeError, match="are real"),
        case(draw(2, 12, 12, 1), draw(2, 12, 13, 1), raises=ShapeError, match="have one shape"),
        case(draw(12, 12, 1), draw(1, 12, 12, 1), raises=ShapeError, match="have one shape"),
        case(draw(2, 10, 12, 1), draw(2, 10, 12, 1), raises=ShapeError, match="as large as the filter"),
        case(draw(2, 4, 4, 1), draw(2, 4, 4, 1), filter_size=0, raises=ArgumentError, match="integers from 1 on"),
        case(draw(2, 4, 4, 1), draw(2, 4, 4, 1), filter_size=(3, 3), raises=ArgumentError, match="from 1 on"),
        case(
            draw(2, 4, 4, 1), draw(2, 4, 4, 1), filter_size=3, filter_sigma=0.0, raises=ArgumentError, match="above 0"
        ),
    ],
)
def ssim(
    image1: Tensor,
    image2: Tensor,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Tensor:
    """Structural similarity: the mean of `(2 m1 m2 + c1) (2 v12 + c2) / ((m1^2 + m2^2 + c1) (v1 + v2 + c2))`.

    The means m, variances v and the covariance v12 are those in windows weighted by a bell curve, `c1 = (k1 max_val)^2`
    and `c2 = (k2 max_val)^2`; the mean is taken over all windows inside the images, and over the channels.

    Args:
        image1: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; numbers.
        image2: What it is compared with, of the same shape.
        max_val: The largest value that a pixel can have: 1.0, or 255.
        filter_size: The height and width of windows, in pixels.
        filter_sigma: The standard deviation of the bell curve, in pixels.
        k1: How small c1 is.
        k2: How small c2 is.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        One number for each image, shape `(batch,)` or `()`: 1 for equal images, less for others. Floats of the common
        dtype, `floatx` for integers.

    Raises:
        ArgumentError: The filter has no size or deviation.
        DTypeError: The images are complex.
        ShapeError: The images have other axes or not one shape, or are smaller than the filter.

    Source: Wang, Bovik, Sheikh, Simoncelli (2004), "Image quality assessment: from error visibility to structural
    similarity", IEEE Transactions on Image Processing 13, eq. 13 to 17.

    ```python
    >>> import numpy as np
    >>> dark = np.zeros((3, 3, 1))
    >>> float(ssim(dark, dark, filter_size=3)), float(ssim(dark, dark + 1, filter_size=3).round(6))
    (1.0, 0.0001)

    ```
    """
    from multikeras import ops

    kind = ops.dtype(image1)
    one, two = (Spec(tuple(image.shape), kind) for image in (image1, image2))
    _ssim_rule(one, two, max_val, filter_size, filter_sigma, k1, k2, data_format)
    height, _ = read_blur(one.shape, filter_size, filter_sigma, data_format)
    x, y = (ops.cast(image, computed_dtype(kind)) for image in (image1, image2))
    if len(one.shape) == 3:
        x, y = ops.expand_dims(x, 0), ops.expand_dims(y, 0)
        height += 1
    maps = ops.concatenate([x, y, ops.square(x), ops.square(y), ops.multiply(x, y)], 0)
    maps = gaussian_blur(maps, (filter_size, filter_size), (filter_sigma, filter_sigma), data_format)
    sizes, front = ops.shape(x), (filter_size - 1) // 2
    windows = tuple(slice(front, front + size - filter_size + 1) for size in sizes[height : height + 2])
    parts = [slice(i * sizes[0], (i + 1) * sizes[0]) for i in range(5)]
    between = (slice(None),) * (height - 1)
    mean1, mean2, square1, square2, product = (ops.get_item(maps, (part, *between, *windows)) for part in parts)
    both, squares = ops.multiply(mean1, mean2), ops.add(ops.square(mean1), ops.square(mean2))
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    above = ops.multiply(both * 2.0 + c1, ops.subtract(product, both) * 2.0 + c2)
    below = ops.multiply(squares + c1, ops.subtract(ops.add(square1, square2), squares) + c2)
    result = ops.cast(ops.mean(ops.divide(above, below), axis=(1, 2, 3)), rules.floating(kind))
    return result if len(one.shape) == 4 else ops.squeeze(result, 0)
