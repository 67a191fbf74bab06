"""Images and volumes taken apart into patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.config import standardize_data_format
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import with_borders
from multikeras.ops.nn._windows import per_axis, read_padding, windows_count

Sizes = tuple[int, ...]


def _geometry(
    shape: Shape, axes: int, size: Any, strides: Any, dilation_rate: Any, padding: Any, data_format: str | None
) -> tuple[int, int, Sizes, Sizes, Sizes, str]:
    """The positions of the first spatial axis and of the channels, the patches' sizes, strides, dilation, padding."""
    if not axes + 1 <= len(shape) <= axes + 2:
        kind = "Images have the axes height, width" if axes == 2 else "Volumes have the axes depth, height, width"
        raise ShapeError(f"{kind} and channels, and a batch axis before them or none.", received=f"shape {shape}")
    first = standardize_data_format(data_format) == "channels_first"
    spatial = len(shape) - axes - (0 if first else 1)
    sizes = per_axis(size, axes, "size")
    steps = sizes if strides is None else per_axis(strides, axes, "strides")
    rates = per_axis(dilation_rate, axes, "dilation_rate")
    return spatial, (spatial - 1 if first else spatial + axes), sizes, steps, rates, read_padding(padding)


def _patches_shape(shape: Shape, *arguments: Any) -> Shape:
    spatial, channels, sizes, strides, rates, padding = _geometry(shape, *arguments)
    result = list(shape)
    end = spatial + len(sizes)
    result[spatial:end] = windows_count(shape[spatial:end], sizes, strides, padding, rates)
    result[channels] = rules.size_of((*sizes, shape[channels]))
    return tuple(result)


def _patches(x: Any, *arguments: Any) -> Any:
    from multikeras import ops

    _patches_shape(tuple(x.shape), *arguments)
    spatial, channels, sizes, strides, rates, padding = _geometry(tuple(x.shape), *arguments)
    reach = [(size - 1) * rate + 1 for size, rate in zip(sizes, rates, strict=True)]
    axes = range(spatial, spatial + len(sizes))
    if padding == "same":
        borders = []
        for have, step, taps in zip(ops.shape(x)[spatial : spatial + len(sizes)], strides, reach, strict=True):
            lacking = (-(-have // step) - 1) * step + taps - have
            lacking = max(lacking, 0) if isinstance(lacking, int) else ops.maximum(lacking, 0)
            borders.append((lacking // 2, lacking - lacking // 2))
        x = with_borders(x, spatial, borders)
    shape = ops.shape(x)
    counts = [(shape[axis] - taps) // step + 1 for axis, step, taps in zip(axes, strides, reach, strict=True)]
    if strides == sizes and reach == [*sizes]:
        return _side_by_side(x, spatial, channels, sizes, counts)
    # The last axis first: what is copied then are rows of patches, not single entries.
    for axis, size, rate, count, step in reversed([*zip(axes, sizes, rates, counts, strides, strict=True)]):
        reached = (count - 1) * step + 1 if not isinstance(count, int) or count else 0
        places = [slice(i * rate, i * rate + reached, step) for i in range(size)]
        parts = [ops.get_item(x, (slice(None),) * axis + (place,)) for place in places]
        x = ops.concatenate(parts, channels) if len(parts) > 1 else parts[0]
    return x


def _side_by_side(x: Any, spatial: int, channels: int, sizes: Sizes, counts: list[Any]) -> Any:
    """Patches that share no entry and leave out none between them: the axes split, and moved."""
    from multikeras import ops

    shape = ops.shape(x)
    count, end = len(sizes), spatial + len(sizes)
    kept = tuple(slice(0, number * size) for number, size in zip(counts, sizes, strict=True))
    if not all(isinstance(s, int) for s in shape[spatial:end]) or any(
        part.stop != have for part, have in zip(kept, shape[spatial:end], strict=True)
    ):
        x = ops.get_item(x, (slice(None),) * spatial + kept)
    pairs = [part for number, size in zip(counts, sizes, strict=True) for part in (number, size)]
    split = ops.reshape(x, (*shape[:spatial], *pairs, *shape[end:]))
    numbers = [spatial + 2 * i for i in range(count)]
    within = [place + 1 for place in numbers]
    entries = shape[channels] * int(np.prod(sizes))
    if channels < spatial:
        order = (*range(channels), *within, channels, *numbers)
        return ops.reshape(ops.transpose(split, order), (*shape[:channels], entries, *counts))
    order = (*range(spatial), *numbers, *within, spatial + 2 * count)
    return ops.reshape(ops.transpose(split, order), (*shape[:spatial], *counts, entries))


def _axes_of(size: Any) -> int:
    """How many axes patches of a size have: two, unless there are three sizes."""
    if isinstance(size, (list, tuple)) and len(size) not in (2, 3):
        raise ArgumentError("`size` is an integer, or two or three of them.", received=repr(size), hint="size=(16, 16)")
    return len(size) if isinstance(size, (list, tuple)) else 2


@rules.rule()
def _extract_rule(
    images: Spec,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Spec:
    shape = _patches_shape(images.shape, _axes_of(size), size, strides, dilation_rate, padding, data_format)
    return Spec(shape, rules.same(images.dtype))


@rules.rule()
def _extract_3d_rule(
    volumes: Spec,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Spec:
    shape = _patches_shape(volumes.shape, 3, size, strides, dilation_rate, padding, data_format)
    return Spec(shape, rules.same(volumes.dtype))


def _slow_patches(
    x: np.ndarray,
    axes: int,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> np.ndarray:
    """Entry by entry."""
    sizes = (size,) * axes if isinstance(size, int) else tuple(size)
    steps = sizes if strides is None else (strides,) * axes if isinstance(strides, int) else tuple(strides)
    rates = (dilation_rate,) * axes if isinstance(dilation_rate, int) else tuple(dilation_rate)
    last = np.moveaxis(x, -axes - 1, -1) if data_format == "channels_first" else x
    have = last.shape[-axes - 1 : -1]
    reach = [(s - 1) * r + 1 for s, r in zip(sizes, rates, strict=True)]
    if padding == "same":
        counts = [-(-n // s) for n, s in zip(have, steps, strict=True)]
        front = [max((c - 1) * s + r - n, 0) // 2 for c, s, r, n in zip(counts, steps, reach, have, strict=True)]
    else:
        counts = [(n - r) // s + 1 for n, r, s in zip(have, reach, steps, strict=True)]
        front = [0] * axes
    channels = last.shape[-1]
    result = np.zeros((*last.shape[: -axes - 1], *counts, int(np.prod(sizes)) * channels), x.dtype)
    for place in np.ndindex(*counts):
        for number, offset in enumerate(np.ndindex(*sizes)):
            source = [p * s - f + o * r for p, s, f, o, r in zip(place, steps, front, offset, rates, strict=True)]
            if all(0 <= i < n for i, n in zip(source, have, strict=True)):
                result[(..., *place, slice(number * channels, (number + 1) * channels))] = last[
                    (..., *source, slice(None))
                ]
    return np.moveaxis(result, -1, -axes - 1) if data_format == "channels_first" else result


@composite(
    name="image.extract_patches",
    infer=_extract_rule,
    reference=lambda x, size, *rest, **named: _slow_patches(
        x, len(size) if isinstance(size, (list, tuple)) else 2, size, *rest, **named
    ),
    cases=[
        case(draw(2, 4, 6, 3), 2),
        case(draw(2, 7, 5, 3), (3, 2)),
        case(draw(4, 6, 2), (2, 3)),
        case(draw(2, 3, 4, 6), 2, data_format="channels_first"),
        case(draw(3, 5, 6), (2, 3), data_format="channels_first"),
        case(draw(2, 5, 6, 2), 3, 1),
        case(draw(2, 5, 6, 2), (3, 2), (2, 1), padding="same"),
        case(draw(1, 5, 4, 2), 3, padding="same"),
        case(draw(5, 6, 2), 2, strides=[1, 2], data_format="channels_first", padding="same"),
        case(draw(1, 7, 6, 2), (3, 2), 1, dilation_rate=2),
        case(draw(1, 7, 6, 2), 2, 1, (1, 3), padding="same"),
        case(draw(2, 4, 4, 3), 1),
        case(draw(2, 4, 4, 3), 1, 2),
        case(draw(2, 3, 3, 2), 3),
        case(draw(2, 2, 4, 4, 3), (2, 2, 2)),
        case(draw(2, 4, 4, 3), (1, 2, 2), data_format="channels_first"),
        case(draw(3, 4, 4, 1), (2, 2, 2), 1, gradient=False),
        case(draw(0, 4, 6, 3), 2),
        case(draw(2, 4, 4, 2, dtype="uint8", high=200), 2),
        case(draw(2, 4, 4, 2, dtype="bool"), 2, 1),
        case(draw(4, 4), 2, raises=ShapeError, match="height, width and channels"),
        case(draw(4, 4, 3), (2, 2, 2), raises=ShapeError, match="depth, height, width and channels"),
        case(draw(2, 4, 4, 3), 5, raises=ShapeError, match="no longer than the axis"),
        case(draw(2, 4, 4, 3), (2, 2, 2, 2), raises=ArgumentError, match="two or three"),
        case(draw(2, 4, 4, 3), 0, raises=ArgumentError, match="1 or more"),
        case(draw(2, 4, 4, 3), "2", raises=ArgumentError, match="`size` is an integer"),
        case(draw(2, 4, 4, 3), 2, 0, raises=ArgumentError, match="`strides` is 1 or more"),
        case(draw(2, 4, 4, 3), 2, dilation_rate=0, raises=ArgumentError, match="`dilation_rate` is 1 or more"),
        case(draw(2, 4, 4, 3), 2, padding="full", raises=ArgumentError, match="padding is"),
        case(draw(2, 4, 4, 3), 2, data_format="last", raises=ArgumentError, match="data_format"),
    ],
)
def extract_patches(
    images: Tensor,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Patches in the place of pixels: `out[i, j, (a w + b) c + k] = images[i s + a r, j s + b r, k]`.

    Here w is a patch's width, c the number of channels, s the stride and r the dilation.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, with three sizes
            `(batch, depth, height, width, channels)` or `(batch, channels, depth, height, width)`; the batch axis may
            be missing; any dtype.
        size: The height and width of patches, or their depth, height and width; an integer for a square.
        strides: The distance of patches; by default their size, so that they lie side by side.
        dilation_rate: The distance of a patch's entries.
        padding: `"valid"`: patches lie inside the images; `"same"`: with zeros around these, as many as it takes for
            `ceil(size / stride)` patches along each axis.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the dtype of `images`, in which the channels are the entries of a patch.

    Raises:
        ArgumentError: An argument has none of these values.
        ShapeError: The images have other axes, or a patch is larger than they are.

    ```python
    >>> import numpy as np
    >>> extract_patches(np.arange(8).reshape(2, 4, 1), 2).tolist()
    [[[0, 1, 4, 5], [2, 3, 6, 7]]]

    ```
    """
    return _patches(images, _axes_of(size), size, strides, dilation_rate, padding, data_format)


@composite(
    name="image.extract_patches_3d",
    infer=_extract_3d_rule,
    reference=lambda x, size, *rest, **named: _slow_patches(x, 3, size, *rest, **named),
    cases=[
        case(draw(2, 2, 4, 6, 3), 2),
        case(draw(2, 4, 6, 2), (2, 2, 3)),
        case(draw(2, 3, 2, 4, 4), (1, 2, 4), data_format="channels_first"),
        case(draw(1, 3, 4, 4, 2), (2, 3, 2), 1),
        case(draw(1, 3, 4, 5, 1), 2, (1, 2, 3), padding="same"),
        case(draw(1, 4, 4, 3, 1), 2, 1, 2),
        case(draw(1, 2, 3, 4, 5), 2, 1, padding="same", data_format="channels_first"),
        case(draw(0, 2, 4, 6, 3), 2),
        case(draw(4, 4, 3), 2, raises=ShapeError, match="depth, height, width and channels"),
        case(draw(2, 4, 4, 4, 3), 5, raises=ShapeError, match="no longer than the axis"),
        case(draw(2, 4, 4, 4, 3), (2, 2), raises=ArgumentError, match="one for each spatial axis"),
        case(draw(2, 4, 4, 4, 3), 2, (1, 1), raises=ArgumentError, match="one for each spatial axis"),
        case(draw(2, 4, 4, 4, 3), 2, padding="full", raises=ArgumentError, match="padding is"),
    ],
)
def extract_patches_3d(
    volumes: Tensor,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Patches of volumes in the place of voxels, their entries in the order depth, height, width, channels.

    Args:
        volumes: Shape `(batch, depth, height, width, channels)` or `(batch, channels, depth, height, width)`, the batch
            axis may be missing; any dtype.
        size: The depth, height and width of patches; an integer for a cube.
        strides: The distance of patches; by default their size, so that they lie side by side.
        dilation_rate: The distance of a patch's entries.
        padding: `"valid"` or `"same"`, as in `extract_patches`.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the dtype of `volumes`, in which the channels are the entries of a patch.

    Raises:
        ArgumentError: An argument has none of these values.
        ShapeError: The volumes have other axes, or a patch is larger than they are.

    ```python
    >>> import numpy as np
    >>> extract_patches_3d(np.arange(8).reshape(2, 2, 2, 1), 2).ravel().tolist()
    [0, 1, 2, 3, 4, 5, 6, 7]

    ```
    """
    return _patches(volumes, 3, size, strides, dilation_rate, padding, data_format)
