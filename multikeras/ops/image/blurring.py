"""Images smoothed by a bell curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.config import standardize_data_format
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import read_size
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import combined, image_axes, with_borders

# Up to so many, entries times weights are added up one after another; more are a product with a matrix.
_FEW = 7


def _pair(value: Any, what: str) -> tuple[Any, Any]:
    """Two entries; what is no list or tuple stands for both."""
    pair = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
    if len(pair) != 2:
        raise ArgumentError(f"`{what}` has one entry for the width and one for the height.", received=repr(value))
    return pair


def read_blur(shape: Shape, kernel_size: Any, sigma: Any, data_format: str | None) -> tuple[int, list[tuple[int, Any]]]:
    """The position of the height, and the size and deviation of the kernels along the height and the width.

    Raises:
        ArgumentError: A size is no integer from 1 on, or a deviation no number above 0.
        ShapeError: The shape is none of images.
    """
    height, _ = image_axes(shape, data_format)
    sizes, deviations = _pair(kernel_size, "kernel_size"), _pair(sigma, "sigma")
    for size in sizes:
        if isinstance(size, (bool, float, str)) or (read_size(size) or 0) < 1:
            raise ArgumentError(
                "`kernel_size` has integers from 1 on.", received=f"kernel_size={kernel_size!r}", hint="(3, 3)"
            )
    for deviation in deviations:
        if isinstance(deviation, str) or (isinstance(deviation, (int, float)) and not deviation > 0):
            raise ArgumentError("`sigma` has numbers above 0.", received=f"sigma={sigma!r}", hint="(1.0, 1.0)")
    found = [(size.__index__(), deviation) for size, deviation in zip(sizes, deviations, strict=True)]
    return height, found[::-1]


def bell(size: int, sigma: Any, dtype: str) -> Any:
    """The weights of a kernel: an array where `sigma` is a number, else a tensor."""
    from multikeras import ops

    squares = (np.arange(size) - (size - 1) / 2) ** 2
    if isinstance(sigma, (int, float)):
        weights = np.exp(-squares / (2 * sigma * sigma))
        return (weights / weights.sum()).astype(dtype)
    spread = ops.multiply(ops.square(ops.cast(sigma, dtype)), 2)
    weights = ops.exp(ops.negative(ops.divide(ops.convert_to_tensor(squares.astype(dtype)), spread)))
    return ops.divide(weights, ops.sum(weights))


def computed_dtype(name: str) -> str:
    """The dtype that images of a dtype are blurred in: their own, or float32 for small floats and integers."""
    wide = lattice.is_float(name) or name in lattice.COMPLEX
    return name if wide and lattice.numpy_dtype(name).itemsize > 2 else "float32"


def finished(x: Any, kind: str) -> Any:
    """A result in the dtype of the images: rounded to integers, and held at the ends of their range."""
    from multikeras import ops

    if ops.dtype(x) == kind:
        return x
    if kind == "bool":
        return ops.cast(x, kind)
    return ops.saturate_cast(ops.round(x) if lattice.is_integer(kind) else x, kind)


def _along(x: Any, axis: int, size: int, sigma: Any) -> Any:
    """One axis blurred, zeros being around it."""
    from multikeras import ops

    if size == 1:
        return x
    kind = ops.dtype(x)
    weights = bell(size, sigma, {"complex64": "float32", "complex128": "float64"}.get(kind, kind))
    front = (size - 1) // 2
    count = ops.shape(x)[axis]
    if size <= _FEW:
        padded = with_borders(x, axis, [(front, size - 1 - front)])
        total: Any = None
        for i in range(size):
            part = ops.get_item(padded, (slice(None),) * axis + (slice(i, i + count),))
            weight = float(weights[i]) if isinstance(weights, np.ndarray) else ops.get_item(weights, i)
            part = ops.multiply(part, weight)
            total = part if total is None else ops.add(total, part)
        return total
    places = ops.arange(count, dtype="int32")
    offsets = ops.add(ops.subtract(ops.expand_dims(places, 0), ops.expand_dims(places, 1)), front)
    inside = ops.logical_and(ops.greater_equal(offsets, 0), ops.less(offsets, size))
    if isinstance(weights, np.ndarray):
        weights = ops.convert_to_tensor(weights)
    matrix = ops.where(inside, ops.take(weights, ops.clip(offsets, 0, size - 1)), 0.0)
    matrix = ops.cast(matrix, kind) if kind in lattice.COMPLEX else matrix
    return combined(x, axis, matrix, count)


@rules.rule()
def _blur_rule(
    images: Spec, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> Spec:
    read_blur(images.shape, kernel_size, sigma, data_format)
    return Spec(images.shape, rules.same(images.dtype))


def _slow_blur(
    images: np.ndarray, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> np.ndarray:
    """A sum over the entries of a kernel of two axes, pixel by pixel."""
    (wide, high), (across, along) = _pair(kernel_size, ""), _pair(sigma, "")
    y, x = np.mgrid[:high, :wide]
    kernel = np.exp(-(((x - (wide - 1) / 2) / across) ** 2) / 2 - ((y - (high - 1) / 2) / along) ** 2 / 2)
    kernel /= kernel.sum()
    last = images if data_format != "channels_first" else np.moveaxis(images, -3, -1)
    rows, columns = last.shape[-3:-1]
    result = np.zeros(last.shape, np.complex128 if images.dtype.kind == "c" else np.float64)
    for i, j, a, b in np.ndindex(rows, columns, high, wide):
        k, m = i + a - (high - 1) // 2, j + b - (wide - 1) // 2
        if 0 <= k < rows and 0 <= m < columns:
            result[..., i, j, :] += kernel[a, b] * last[..., k, m, :]
    if images.dtype.kind in "iu":
        result = np.round(result)
    result = result.astype(images.dtype)
    return result if data_format != "channels_first" else np.moveaxis(result, -1, -3)


@composite(
    name="image.gaussian_blur",
    infer=_blur_rule,
    reference=_slow_blur,
    cases=[
        case(draw(2, 5, 6, 3), data_format="channels_last"),
        case(draw(5, 4, 2), data_format="channels_last"),
        case(draw(2, 3, 5, 6), data_format="channels_first"),
        case(draw(2, 4, 5), (3, 3), (0.5, 2.0), "channels_first"),
        case(draw(1, 5, 6, 2), (3, 5), (1.5, 0.7), data_format="channels_last"),
        case(draw(1, 5, 6, 2), [9, 4], [3, 2], data_format="channels_last", tolerance=16),
        case(draw(1, 2, 6, 5), (2, 11), (0.5, 1.5), data_format="channels_first", tolerance=16),
        case(draw(3, 4, 1), (15, 15), (4.0, 4.0), data_format="channels_last", tolerance=16),
        case(draw(2, 4, 5, 3), (1, 1)),
        case(draw(0, 4, 5, 3), data_format="channels_last"),
        case(draw(2, 4, 5, 1, dtype="uint8", high=200), (3, 3), (0.8, 0.8)),
        case(draw(4, 3), raises=ShapeError, match="height, width and channels"),
        case(draw(2, 4, 5, 3), (0, 3), raises=ArgumentError, match="integers from 1 on"),
        case(draw(2, 4, 5, 3), (3, 2.5), raises=ArgumentError, match="integers from 1 on"),
        case(draw(2, 4, 5, 3), (3, 3, 3), raises=ArgumentError, match="one for the height"),
        case(draw(2, 4, 5, 3), (3, 3), (0.0, 1.0), raises=ArgumentError, match="numbers above 0"),
        case(draw(2, 4, 5, 3), data_format="last", raises=ArgumentError, match="data_format"),
    ],
)
def gaussian_blur(
    images: Tensor,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> Tensor:
    """Images smoothed: `out[i, j] = sum(k_h(a) k_w(b) images[i + a, j + b], a, b)`, zeros being around the images.

    Here `k(a)` is `exp(-a^2 / 2 sigma^2)` divided by the sum of these over the kernel's entries, whose middle is a = 0.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; any dtype.
        kernel_size: How many entries the kernel has along the width and along the height. (So Keras computes, whatever
            it says of their order.) Of an even number one more lies behind the middle.
        sigma: The standard deviations along the width and along the height, in pixels; numbers, or tensors of no axes.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the shape and dtype of `images`. Integers are computed with as floats and rounded.

    Raises:
        ArgumentError: A size is no integer from 1 on, or a deviation no number above 0.
        ShapeError: The images have other axes.

    ```python
    >>> import numpy as np
    >>> gaussian_blur(np.array([[[0.0], [1.0], [0.0]]]), (3, 1)).ravel().round(3).tolist()
    [0.274, 0.452, 0.274]

    ```
    """
    from multikeras import ops

    height, kernels = read_blur(tuple(images.shape), kernel_size, sigma, data_format)
    kind = ops.dtype(images)
    x = ops.cast(images, computed_dtype(kind))
    for axis, (size, deviation) in enumerate(kernels, height):
        x = _along(x, axis, size, deviation)
    return finished(x, kind)


def blurred_by_convolution(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> Any:
    """What `gaussian_blur` is, for backends whose convolutions of single channels are fast."""
    from multikeras import ops

    height, kernels = read_blur(tuple(images.shape), kernel_size, sigma, data_format)
    data_format = standardize_data_format(data_format)
    kind = ops.dtype(images)
    channels = images.shape[-1 if data_format == "channels_last" else height - 1]
    if kind in lattice.COMPLEX or channels is None or 0 in images.shape:
        return gaussian_blur.op.body(images, kernel_size, sigma, data_format)  # type: ignore[attr-defined]
    x = ops.cast(images, computed_dtype(kind))
    weights = [ops.convert_to_tensor(bell(size, deviation, ops.dtype(x))) for size, deviation in kernels]
    weights = [ops.reshape(w, shape) for w, shape in zip(weights, ((-1, 1, 1, 1), (1, -1, 1, 1)), strict=True)]
    if kernels[0][0] * kernels[1][0] <= _FEW**2:
        weights = [ops.multiply(*weights)]
    x = ops.expand_dims(x, 0) if len(x.shape) == 3 else x
    for kernel in weights:
        x = ops.depthwise_conv(x, ops.repeat(kernel, channels, 2), 1, "same", data_format)
    return finished(ops.squeeze(x, 0) if len(images.shape) == 3 else x, kind)
