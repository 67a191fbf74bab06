"""Images in another size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import read_size
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import combined, image_axes
from multikeras.testing import resize_oracle


def _triangle(d: Any) -> Any:
    from multikeras import ops

    return ops.maximum(ops.subtract(1.0, d), 0.0)


def _keys(d: Any) -> Any:
    """Keys's cubic with a = -1/2."""
    from multikeras import ops

    near = ((1.5 * d - 2.5) * d) * d + 1.0
    far = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0
    return ops.where(d < 1.0, near, ops.where(d < 2.0, far, 0.0))


def _lanczos(radius: int) -> Callable[[Any], Any]:
    def kernel(d: Any) -> Any:
        from multikeras import ops

        # Next to 0 the quotient has no digits left, and two terms of its series are exact.
        tiny = d < 1e-3
        safe = ops.where(tiny, 1.0, d)
        wave = ops.sin(math.pi * safe) * ops.sin((math.pi / radius) * safe) * (radius / math.pi**2) / (safe * safe)
        middle = 1.0 - (math.pi**2 / 6 * (1 + 1 / radius**2)) * (d * d)
        return ops.where(d < radius, ops.where(tiny, middle, wave), 0.0)

    return kernel


KERNELS: dict[str, Callable[[Any], Any]] = {
    "bilinear": _triangle,
    "bicubic": _keys,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}
INTERPOLATIONS = ("nearest", *KERNELS)


def check_interpolation(interpolation: Any) -> None:
    """Make sure that there is such an interpolation.

    Raises:
        ArgumentError: There is none.
    """
    if interpolation not in INTERPOLATIONS:
        raise ArgumentError(
            f"`interpolation` is one of {', '.join(map(repr, INTERPOLATIONS))}.",
            received=f"interpolation={interpolation!r}",
        )


def _is_size(size: Any) -> bool:
    """Whether `size` counts from 1 on, or may do so once a step runs."""
    if isinstance(size, int):
        return not isinstance(size, bool) and size >= 1
    try:
        known = read_size(size)
    except ArgumentError:
        return False
    return size is not None and (known is None or known >= 1)


def read_arguments(
    shape: Shape, size: Any, interpolation: Any, crop: bool, pad: bool, fill_mode: Any, data_format: str | None
) -> int:
    """The position of the height among the axes, the width being the next one.

    Args:
        shape: The shape of the images.
        size: As for `resize`, like the others.
        interpolation: A name.
        crop: `crop_to_aspect_ratio`.
        pad: `pad_to_aspect_ratio`.
        fill_mode: `"constant"`.
        data_format: Where the channels are.

    Raises:
        ArgumentError: An argument has none of the values that it takes.
        ShapeError: The images have other axes, or no pixels.
    """
    height, _ = image_axes(shape, data_format)
    sides = shape[height : height + 2]
    # Of images whose sizes are known late, that which is wanted may be too.
    if (
        not isinstance(size, (list, tuple))
        or len(size) != 2
        or not all(_is_size(n) or (n is None and side is None) for n, side in zip(size, sides, strict=True))
    ):
        raise ArgumentError(
            "`size` is a height and a width from 1 on.", received=f"size={size!r}", hint="size=(224, 224)"
        )
    check_interpolation(interpolation)
    if crop and pad:
        raise ArgumentError(
            "An aspect ratio is kept by cropping or by padding, not by both.",
            received="crop_to_aspect_ratio=True, pad_to_aspect_ratio=True",
        )
    if fill_mode != "constant":
        raise ArgumentError("`fill_mode` is 'constant'.", received=f"fill_mode={fill_mode!r}")
    if 0 in sides:
        raise ShapeError("There is a pixel to begin with.", received=f"images of shape {shape}")
    return height


@rules.rule()
def _resize_rule(
    images: Spec,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Spec:
    height = read_arguments(
        images.shape, size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode, data_format
    )
    shape = (*images.shape[:height], *map(read_size, size), *images.shape[height + 2 :])
    return Spec(shape, rules.same(images.dtype))


@composite(
    name="image.resize",
    infer=_resize_rule,
    reference=resize_oracle.resize,
    cases=[
        case(draw(2, 3, 4, 2), (6, 8), tolerance=32),
        case(draw(2, 5, 4, 1), (3, 7), tolerance=32),
        case(draw(3, 4, 2), [2, 2], tolerance=32),
        case(draw(2, 2, 6, 5), (4, 8), data_format="channels_first", tolerance=32),
        case(draw(2, 4, 3), (6, 3), data_format="channels_first", tolerance=32),
        case(draw(1, 3, 4, 2), (6, 5), "nearest"),
        case(draw(1, 5, 4, 2), (2, 4), "nearest"),
        case(draw(2, 1, 2, 3), (49, 6), "nearest"),
        case(draw(2, 3, 4), (6, 8), "nearest", data_format="channels_first"),
        case(draw(1, 4, 5, 2), (7, 3), "bicubic", tolerance=64),
        case(draw(1, 4, 5, 2), (8, 10), "bicubic", antialias=True, tolerance=64),
        case(draw(1, 6, 5, 2), (9, 4), "lanczos3", tolerance=64),
        case(draw(1, 6, 5, 2), (4, 8), "lanczos5", tolerance=64),
        case(draw(1, 9, 7, 1), (3, 4), antialias=True, tolerance=32),
        case(draw(1, 9, 7, 1), (4, 3), "bicubic", antialias=True, tolerance=64),
        case(draw(1, 9, 7, 1), (4, 9), "lanczos3", antialias=True, tolerance=64),
        case(draw(1, 1, 1, 2), (2, 3), "lanczos5", tolerance=64),
        case(draw(2, 6, 4, 1), (3, 3), crop_to_aspect_ratio=True, tolerance=32),
        case(draw(2, 2, 3, 7), (4, 6), crop_to_aspect_ratio=True, data_format="channels_first", tolerance=32),
        case(draw(6, 3, 1), (3, 3), pad_to_aspect_ratio=True, fill_value=0.5, tolerance=32),
        case(draw(2, 3, 8, 1), (4, 4), "nearest", pad_to_aspect_ratio=True, fill_value=2.0),
        case(draw(2, 3, 4), (4, 4), pad_to_aspect_ratio=True, data_format="channels_first", tolerance=32),
        case(draw(1, 4, 5, 2, dtype="uint8", high=200, salt=4), (7, 3)),
        case(draw(1, 4, 5, 2, dtype="int32", low=-50, high=50, salt=6), (7, 3), "bicubic"),
        case(draw(1, 3, 6, 2, dtype="uint8", high=255), (4, 4), pad_to_aspect_ratio=True, fill_value=7),
        case(draw(1, 4, 2, 2, dtype="int32"), (2, 4), "nearest"),
        case(draw(0, 3, 4, 2), (6, 8)),
        case(draw(2, 3, 4, 2), (3, 4)),
        case(draw(3, 4), (6, 8), raises=ShapeError, match="height, width and channels"),
        case(draw(1, 0, 4, 2), (6, 8), raises=ShapeError, match="a pixel to begin with"),
        case(draw(3, 4, 2), (6, 0), raises=ArgumentError, match="a height and a width"),
        case(draw(3, 4, 2), 6, raises=ArgumentError, match="a height and a width"),
        case(draw(3, 4, 2), (6, 8), "area", raises=ArgumentError, match="`interpolation` is one of"),
        case(draw(3, 4, 2), (6, 8), fill_mode="wrap", raises=ArgumentError, match="`fill_mode`"),
        case(
            draw(3, 4, 2),
            (6, 8),
            crop_to_aspect_ratio=True,
            pad_to_aspect_ratio=True,
            raises=ArgumentError,
            match="not by both",
        ),
    ],
    real=True,
)
def resize(
    images: Tensor,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Images in another size, axis by axis: `out[i] = sum(k((c(i) - j) / s) images[j], j) / sum(k((c(i) - j) / s), j)`.

    Here `c(i) = (i + 1/2) size / new_size - 1/2` is the place of pixel i among the old ones, k the interpolation's
    kernel, and `s = 1`, or `max(size / new_size, 1)` with `antialias`. `"nearest"` takes `images[floor(c(i) + 1/2)]`.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; any dtype.
        size: The new height and width.
        interpolation: `"nearest"`; `"bilinear"`: `k(x) = max(1 - |x|, 0)`; `"bicubic"`: Keys's cubic with a = -1/2;
            `"lanczos3"`, `"lanczos5"`: `sinc(x) sinc(x / r)` for `|x| < r`.
        antialias: Whether the kernel is widened where images get smaller.
        crop_to_aspect_ratio: Whether the largest part in the middle that has the new aspect ratio is taken first.
        pad_to_aspect_ratio: Whether entries are added at two opposite sides first, as many at each, until the images
            have the new aspect ratio (or lack one row or column).
        fill_mode: `"constant"`.
        fill_value: The value of what `pad_to_aspect_ratio` adds.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the dtype of `images`. Integers are computed with as floats, rounded, and held at the ends of their
        range.

    Raises:
        ArgumentError: An argument has none of these values.
        ShapeError: The images have other axes, or no pixels.

    Source: Keys (1981), "Cubic convolution interpolation for digital image processing", IEEE ASSP 29, eq. 15; Duchon
    (1979), "Lanczos filtering in one and two dimensions", J. Appl. Meteorol. 18.

    ```python
    >>> import numpy as np
    >>> resize(np.array([[[0.0], [4.0]]]), (1, 4)).ravel().tolist()
    [0.0, 1.0, 3.0, 4.0]

    ```
    """
    from multikeras import ops

    height = read_arguments(
        tuple(images.shape), size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode, data_format
    )
    kind = ops.dtype(images)
    floating = lattice.is_float(kind) or kind in lattice.COMPLEX
    x = images
    moved = interpolation == "nearest" and not pad_to_aspect_ratio
    if not moved and (not floating or lattice.numpy_dtype(kind).itemsize == 1):
        x = ops.cast(x, "float32")
    if crop_to_aspect_ratio or pad_to_aspect_ratio:
        x = _to_aspect_ratio(x, height, size, pad_to_aspect_ratio, fill_value)
    if x is not images:
        # For what is left the backend may have a kernel.
        x = resize(x, size, interpolation, antialias, data_format=data_format)
    else:
        for axis, count in ((height, size[0]), (height + 1, size[1])):
            old = ops.shape(x)[axis]
            if isinstance(old, int) and isinstance(count, int) and old == count:
                continue
            if interpolation == "nearest":
                x = _nearest(x, axis, old, count)
            else:
                x = combined(x, axis, shares(ops.dtype(x), old, count, interpolation, antialias), count)
    if ops.dtype(x) == kind:
        return x
    return ops.saturate_cast(x if floating or kind == "bool" else ops.round(x), kind)


def _to_aspect_ratio(x: Any, height: int, size: Any, pad: bool, fill_value: float) -> Any:
    """The images cropped or padded to the aspect ratio of `size`."""
    from multikeras import ops

    rows, columns = ops.shape(x)[height], ops.shape(x)[height + 1]
    wanted = ((columns * size[0]) // size[1], (rows * size[1]) // size[0])
    for axis, have, want in ((height, rows, wanted[0]), (height + 1, columns, wanted[1])):
        if pad:
            border = _bounded(want - have, 0, None) // 2
            if isinstance(border, int) and border == 0:
                continue
            edge = [*ops.shape(x)]
            edge[axis] = border
            added = ops.full(tuple(edge), fill_value, ops.dtype(x))
            x = ops.concatenate([added, x, added], axis)
        else:
            kept = _bounded(want, 1, have)
            start = (have - kept) // 2
            x = ops.get_item(x, (slice(None),) * axis + (slice(start, start + kept),))
    return x


def _bounded(size: Any, least: int, most: Any) -> Any:
    """A size held between two others, also where it is known only when a step runs."""
    from multikeras import ops

    if ops.is_tensor(size) or ops.is_tensor(most):
        size = size if most is None else ops.minimum(size, most)
        return ops.maximum(size, least)
    return max(size if most is None else min(size, most), least)


def _nearest(x: Any, axis: int, old: Any, count: Any) -> Any:
    from multikeras import ops

    if isinstance(old, int) and isinstance(count, int):
        if count % old == 0:
            return ops.repeat(x, count // old, axis=axis)
        return ops.take(x, [((2 * i + 1) * old) // (2 * count) for i in range(count)], axis=axis)
    places = ops.arange(count, dtype="int32")
    return ops.take(x, ((2 * places + 1) * old) // (2 * count), axis=axis)


def shares(kind: str, old: Any, count: Any, interpolation: str, antialias: bool) -> Any:
    """A matrix of shape `(count, old)`: the share of each old pixel in each new one.

    Args:
        kind: The dtype of the images, which is that of the matrix but for complex images.
        old: How many pixels there are along the axis, which may be known only when a step runs.
        count: How many there will be.
        interpolation: A name in `KERNELS`.
        antialias: Whether the kernel is widened where images get smaller.
    """
    from multikeras import ops

    computed = "float64" if kind in ("float64", "complex128") else "float32"
    if ops.is_tensor(old) or ops.is_tensor(count):
        ratio = ops.divide(ops.cast(old, computed), ops.cast(count, computed))
        width = ops.maximum(ratio, 1.0) if antialias else None
    else:
        ratio = old / count
        width = ratio if antialias and ratio > 1.0 else None
    centers = (ops.arange(count, dtype=computed) + 0.5) * ratio - 0.5
    distances = ops.absolute(ops.expand_dims(centers, 1) - ops.arange(old, dtype=computed))
    if width is not None:
        distances = distances / width
    weights = KERNELS[interpolation](distances)
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    return weights if kind in (computed, "complex64", "complex128") else ops.cast(weights, kind)
