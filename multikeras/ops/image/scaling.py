"""Images scaled and moved along any of their axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import read_shape
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import combined
from multikeras.ops.image.blurring import computed_dtype, finished
from multikeras.ops.image.coordinates import places_dtype
from multikeras.ops.image.resizing import KERNELS
from multikeras.testing import resize_oracle

METHODS = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), "bilinear"),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), "bicubic"),
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}
# Shares whose sum is less than this are those of no pixel.
_NOTHING = 1000 * float(np.finfo(np.float32).eps)


def _read_arguments(
    images: Spec, output_shape: Any, scale: Spec, translation: Spec, spatial_dims: Any, method: Any
) -> tuple[Shape, tuple[int, ...]]:
    """The new sizes, and the axes that are scaled."""
    if method not in METHODS:
        raise ArgumentError(f"`method` is one of {', '.join(map(repr, METHODS))}.", received=f"method={method!r}")
    sizes = read_shape(output_shape, "output_shape")
    axes = rules.canonical_axes(tuple(spatial_dims), len(images.shape))
    rest = [i for i in range(len(images.shape)) if i not in axes]
    if len(sizes) != len(images.shape) or any(
        None not in (sizes[i], images.shape[i]) and sizes[i] != images.shape[i] for i in rest
    ):
        raise ShapeError(
            "`output_shape` has all sizes, and those of the images where they are not scaled.",
            received=f"images={images}, output_shape={output_shape}, spatial_dims={spatial_dims}",
        )
    for name, spec in (("scale", scale), ("translation", translation)):
        if len(spec.shape) != 1 or spec.shape[0] not in (len(axes), None):
            raise ShapeError(f"`{name}` has one number for each of the spatial axes.", received=f"{name}={spec}")
    return sizes, axes


@rules.rule()
def _scale_rule(
    images: Spec,
    output_shape: Any,
    scale: Spec,
    translation: Spec,
    spatial_dims: Any,
    method: str,
    antialias: bool = True,
) -> Spec:
    sizes, axes = _read_arguments(images, output_shape, scale, translation, spatial_dims, method)
    shape = tuple(s if i in axes or s is not None else images.shape[i] for i, s in enumerate(sizes))
    return Spec(shape, rules.same(images.dtype))


def _slow_scale(
    images: np.ndarray,
    output_shape: Any,
    scale: np.ndarray,
    translation: np.ndarray,
    spatial_dims: Any,
    method: str,
    antialias: bool = True,
) -> np.ndarray:
    """One row after another, along one axis after another."""
    kernel = resize_oracle.KERNELS[METHODS[method]]
    x = images.astype(np.float64) if images.dtype.kind in "iub" else images
    for axis, factor, offset in zip(spatial_dims, scale, translation, strict=True):
        size, rows = x.shape[axis], []
        for i in range(output_shape[axis]):
            center = (i + 0.5 - float(offset)) / float(factor) - 0.5
            width = max(1 / float(factor), 1.0) if antialias else 1.0
            shares = np.array([kernel((center - j) / width) for j in range(size)])
            inside = -0.5 <= center <= size - 0.5
            shares = shares / shares.sum() if inside else np.zeros(size)
            rows.append(np.tensordot(shares, x, (0, axis)))
        x = np.stack(rows, axis)
    if images.dtype.kind in "iu":
        limits = np.iinfo(images.dtype)
        x = np.clip(np.round(x), limits.min, limits.max)
    return x.astype(images.dtype)


@composite(
    name="image.scale_and_translate",
    infer=_scale_rule,
    reference=_slow_scale,
    cases=[
        *(
            case(draw(2, 5, 4, 2), (2, 7, 6, 2), [1.37, 1.61], [0.23, -0.41], (1, 2), method, tolerance=256)
            for method in ("linear", "cubic", "lanczos3", "lanczos5")
        ),
        case(draw(6, 7), (3, 4), [0.53, 0.61], [0.13, 0.21], (0, 1), "bilinear", tolerance=64),
        case(draw(6, 7), (3, 4), [0.53, 0.61], [0.13, 0.21], (0, 1), "bicubic", False, tolerance=64),
        case(draw(6, 7), (3, 7), [0.53], [0.13], [-2], "triangle", tolerance=64),
        case(draw(4, 3), (9, 3), [1.03], [3.57], (0,), "trilinear", tolerance=64),
        case(
            draw(2, 3, 2, 3, 1),
            (2, 4, 3, 5, 1),
            [1.3, 1.2, 1.7],
            [0.1, 0.2, -0.3],
            (1, 2, 3),
            "tricubic",
            tolerance=256,
        ),
        case(draw(3, 4, dtype="uint8", high=200), (5, 4), [1.63], [0.17], (0,), "cubic"),
        case(draw(3, 4), (3, 4), draw(0), draw(0), (), "linear", gradient=False),
        case(draw(0, 3, 1), (0, 5, 1), [1.63], [0.17], (1,), "linear"),
        case(draw(3, 4), (3, 5), [2.0], [0.0], (0,), "linear", raises=ShapeError, match="has all sizes"),
        case(draw(3, 4), (3,), [2.0], [0.0], (0,), "linear", raises=ShapeError, match="has all sizes"),
        case(draw(3, 4), (5, 4), [2.0, 1.0], [0.0], (0,), "linear", raises=ShapeError, match="`scale` has one"),
        case(draw(3, 4), (5, 4), [2.0], draw(), (0,), "linear", raises=ShapeError, match="`translation` has one"),
        case(draw(3, 4), (5, 4), [2.0], [0.0], (2,), "linear", raises=ShapeError, match="no axis 2"),
        case(draw(3, 4), (5, 4), [2.0], [0.0], (0,), "nearest", raises=ArgumentError, match="`method` is one of"),
    ],
)
def scale_and_translate(
    images: Tensor,
    output_shape: Sequence[int],
    scale: Tensor,
    translation: Tensor,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Tensor:
    """Images whose place x becomes `x scale + translation`: `out[i] = sum(k((c(i) - j) / s) images[j], j) / sum`.

    Axis by axis, `c(i) = (i + 1/2 - translation) / scale - 1/2` is the place of pixel i among the old ones, k the
    method's kernel, `s = 1`, or `max(1 / scale, 1)` with `antialias`, and the sum that of the shares. Pixels from
    outside the images are 0.

    Args:
        images: A tensor of any shape and dtype.
        output_shape: All sizes of the result; where an axis is not scaled, that of the images.
        scale: The factor for each of the spatial axes, shape `(k,)`.
        translation: How far each of them is moved, in new pixels, shape `(k,)`.
        spatial_dims: The k axes.
        method: `"linear"` (or `"bilinear"`, `"trilinear"`, `"triangle"`), `"cubic"` (or `"bicubic"`, `"tricubic"`),
            `"lanczos3"` or `"lanczos5"`: the kernels of `resize`.
        antialias: Whether the kernel is widened where images get smaller.

    Returns:
        A tensor of the dtype of `images`. Integers are computed with as floats, rounded, and held at the ends of their
        range. Gradients flow to the factors and distances too.

    Raises:
        ArgumentError: There is no such method.
        ShapeError: The sizes, factors and distances do not fit the axes.

    ```python
    >>> import numpy as np
    >>> scale_and_translate(np.array([1.0, 3.0]), (5,), np.array([2.0]), np.array([0.5]), (0,), "linear").tolist()
    [1.0, 1.0, 2.0, 3.0, 3.0]

    ```
    """
    from multikeras import ops

    kind = ops.dtype(images)
    specs = [Spec(tuple(x.shape), "float32") for x in (images, scale, translation)]
    sizes, axes = _read_arguments(specs[0], output_shape, specs[1], specs[2], spatial_dims, method)
    x = ops.cast(images, computed_dtype(kind)) if axes else images
    wide = places_dtype(kind)
    scale, translation = ops.cast(scale, wide), ops.cast(translation, wide)
    for number, axis in enumerate(axes):
        count = output_shape[axis] if sizes[axis] is None else sizes[axis]
        factor, offset = (ops.get_item(values, number) for values in (scale, translation))
        shares = _shares(ops.shape(x)[axis], count, factor, offset, METHODS[method], antialias, wide)
        x = combined(x, axis, ops.cast(shares, ops.dtype(x)), count)
    return finished(x, kind)


def _shares(old: Any, count: Any, factor: Any, offset: Any, method: str, antialias: bool, kind: str) -> Any:
    """A matrix of shape `(count, old)`: the share of each old pixel in each new one."""
    from multikeras import ops

    inverse = ops.divide(1.0, factor)
    centers = ops.subtract(ops.multiply(ops.subtract(ops.arange(count, dtype=kind) + 0.5, offset), inverse), 0.5)
    distances = ops.absolute(ops.subtract(ops.expand_dims(centers, 1), ops.arange(old, dtype=kind)))
    if antialias:
        distances = ops.divide(distances, ops.maximum(inverse, 1.0))
    shares = KERNELS[method](distances)
    total = ops.sum(shares, axis=1, keepdims=True)
    some = ops.greater(ops.absolute(total), _NOTHING)
    last = ops.cast(old, kind) - 0.5 if ops.is_tensor(old) else old - 0.5
    inside = ops.logical_and(ops.greater_equal(centers, -0.5), ops.less_equal(centers, last))
    shares = ops.divide(shares, ops.where(some, total, 1.0))
    return ops.where(ops.logical_and(some, ops.expand_dims(inside, 1)), shares, 0.0)
