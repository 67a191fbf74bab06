"""Images without their borders, and with more of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import read_size
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import image_axes, with_borders


def _count(value: Any, name: str) -> None:
    """Make sure that an argument counts pixels, as far as its value is known."""
    if isinstance(value, (bool, float, str, list, tuple)) or (read_size(value) or 0) < 0:
        raise ArgumentError(f"`{name}` is a number of pixels from 0 on.", received=f"{name}={value!r}")


def _ends(size: Any, given: dict[str, Any], added: bool) -> tuple[Any, Any, Any]:
    """How many entries are cut off or added before and behind an axis, and how many there are afterwards.

    Args:
        size: How many there are now, `None` where that is unknown.
        given: What is cut off or added before and behind, and the new size, by the names of the arguments; one of them
            is `None`.
        added: Whether they are added.
    """
    names, (before, behind, target) = tuple(given), given.values()
    if (before is None) + (behind is None) + (target is None) != 1:
        received = ", ".join(f"{name}={value!r}" for name, value in given.items())
        raise ArgumentError(f"Two of {names[0]}, {names[1]} and {names[2]} are given.", received=received)
    for name, value in given.items():
        if value is not None:
            _count(value, name)
    if size is None:
        return before, behind, target
    sign = 1 if added else -1
    if target is None:
        target = size + sign * (before + behind)
    elif before is None:
        before = sign * (target - size) - behind
    else:
        behind = sign * (target - size) - before
    for name, value in zip(names, (before, behind, target), strict=True):
        known = read_size(value)
        if known is not None and known < 0:
            received = ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)
            raise ShapeError(
                f"{size} pixels leave no negative {name}.", received=f"{received}, which leave {name}={known}"
            )
    return before, behind, target


def _both(
    sizes: Any, height: int, word: str, added: bool, ends: tuple[Any, Any, Any, Any], rows: Any, columns: Any
) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """`_ends` of the height and of the width, from those at the top, left, bottom and right."""
    top, left, bottom, right = ends
    along = {f"top_{word}": top, f"bottom_{word}": bottom, "target_height": rows}
    across = {f"left_{word}": left, f"right_{word}": right, "target_width": columns}
    return _ends(sizes[height], along, added), _ends(sizes[height + 1], across, added)


def _rule(word: str, added: bool) -> Any:
    @rules.rule()
    def infer(
        images: Spec,
        top: Any = None,
        left: Any = None,
        bottom: Any = None,
        right: Any = None,
        target_height: Any = None,
        target_width: Any = None,
        data_format: str | None = None,
    ) -> Spec:
        height, _ = image_axes(images.shape, data_format)
        ends = _both(images.shape, height, word, added, (top, left, bottom, right), target_height, target_width)
        sizes = (read_size(target) for _, _, target in ends)
        return Spec((*images.shape[:height], *sizes, *images.shape[height + 2 :]), rules.same(images.dtype))

    return infer


def _slow(added: bool) -> Any:
    """Pixel by pixel."""

    def slow(
        images: np.ndarray,
        top: Any = None,
        left: Any = None,
        bottom: Any = None,
        right: Any = None,
        target_height: Any = None,
        target_width: Any = None,
        data_format: str | None = None,
        **named: Any,
    ) -> np.ndarray:
        word = "padding" if added else "cropping"
        top, left = named.get(f"top_{word}", top), named.get(f"left_{word}", left)
        bottom, right = named.get(f"bottom_{word}", bottom), named.get(f"right_{word}", right)
        x = images if data_format != "channels_first" else np.moveaxis(images, -3, -1)
        rows, columns = x.shape[-3:-1]
        sign = 1 if added else -1
        high = rows + sign * (top + bottom) if target_height is None else target_height
        wide = columns + sign * (left + right) if target_width is None else target_width
        up = sign * (high - rows) - bottom if top is None else top
        aside = sign * (wide - columns) - right if left is None else left
        result = np.zeros((*x.shape[:-3], high, wide, x.shape[-1]), x.dtype)
        for i, j in np.ndindex(high, wide):
            y, z = i - sign * up, j - sign * aside
            if 0 <= y < rows and 0 <= z < columns:
                result[..., i, j, :] = x[..., y, z, :]
        return result if data_format != "channels_first" else np.moveaxis(result, -1, -3)

    return slow


_BAD = [
    case(draw(4, 3), 1, 1, 1, 1, raises=ShapeError, match="height, width and channels"),
    case(draw(2, 4, 5, 3), 1, 1, 1, raises=ArgumentError, match="Two of left_"),
    case(draw(2, 4, 5, 3), 1, 1, 1, 1, 2, raises=ArgumentError, match="Two of top_"),
    case(draw(2, 4, 5, 3), raises=ArgumentError, match="Two of top_"),
    case(draw(2, 4, 5, 3), -1, 1, 1, 1, raises=ArgumentError, match="pixels from 0 on"),
    case(draw(2, 4, 5, 3), 1, 1, 1.5, 1, raises=ArgumentError, match="pixels from 0 on"),
    case(draw(2, 4, 5, 3), 1, 1, None, 1, -4, raises=ArgumentError, match="pixels from 0 on"),
    case(draw(2, 4, 5, 3), 1, 1, 1, 1, data_format="last", raises=ArgumentError, match="data_format"),
]


@composite(
    name="image.crop_images",
    infer=_rule("cropping", False),
    reference=_slow(False),
    cases=[
        case(draw(2, 5, 6, 3), 1, 2, 0, 1),
        case(draw(5, 6, 3), 1, 2, target_height=3, target_width=2),
        case(
            draw(2, 3, 5, 6),
            bottom_cropping=1,
            right_cropping=2,
            target_height=2,
            target_width=3,
            data_format="channels_first",
        ),
        case(draw(3, 5, 6), 0, 0, 2, target_width=6, data_format="channels_first"),
        case(draw(2, 5, 6, 3), 0, 0, 0, 0),
        case(draw(2, 5, 6, 1), 2, 1, 3, 1),
        case(draw(0, 5, 6, 3), 1, 1, 1, 1),
        case(draw(2, 4, 4, 1, dtype="uint8", high=200), 1, 1, 1, 1),
        case(draw(2, 4, 5, 3), 3, 0, 2, 0, raises=ShapeError, match="no negative target_height"),
        case(draw(2, 4, 5, 3), 3, 0, None, 0, 2, raises=ShapeError, match="no negative bottom_cropping"),
        case(draw(2, 4, 5, 3), 0, None, 0, 4, target_width=2, raises=ShapeError, match="no negative left_cropping"),
        *_BAD,
    ],
)
def crop_images(
    images: Tensor,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Images without some pixels at their edges: `out[i, j] = images[i + top_cropping, j + left_cropping]`.

    Two of `top_cropping`, `bottom_cropping` and `target_height` are given, and two of `left_cropping`, `right_cropping`
    and `target_width`; the third follows from the size.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; any dtype.
        top_cropping: How many rows are cut off at the top.
        left_cropping: How many columns are cut off at the left.
        bottom_cropping: How many rows are cut off at the bottom.
        right_cropping: How many columns are cut off at the right.
        target_height: How many rows are left.
        target_width: How many columns are left.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the dtype of `images`.

    Raises:
        ArgumentError: Not two of three are given, or one is no integer from 0 on.
        ShapeError: The images have other axes, or not so many pixels.

    ```python
    >>> import numpy as np
    >>> crop_images(np.arange(9).reshape(3, 3, 1), 1, 0, target_height=2, target_width=2)[..., 0].tolist()
    [[3, 4], [6, 7]]

    ```
    """
    from multikeras import ops

    height, _ = image_axes(tuple(images.shape), data_format)
    ends = _both(
        ops.shape(images),
        height,
        "cropping",
        False,
        (top_cropping, left_cropping, bottom_cropping, right_cropping),
        target_height,
        target_width,
    )
    key = tuple(slice(before, before + target) for before, _, target in ends)
    return ops.get_item(images, (slice(None),) * height + key)


@composite(
    name="image.pad_images",
    infer=_rule("padding", True),
    reference=_slow(True),
    cases=[
        case(draw(2, 3, 4, 3), 1, 2, 0, 1),
        case(draw(3, 4, 3), 1, 2, target_height=6, target_width=8),
        case(
            draw(2, 3, 3, 4),
            bottom_padding=1,
            right_padding=2,
            target_height=5,
            target_width=6,
            data_format="channels_first",
        ),
        case(draw(3, 3, 4), 0, 0, 2, target_width=4, data_format="channels_first"),
        case(draw(2, 3, 4, 3), 0, 0, 0, 0),
        case(draw(0, 3, 4, 3), 1, 1, 1, 1),
        case(draw(2, 0, 4, 1), 1, 1, 1, 1),
        case(draw(2, 3, 4, 1, dtype="uint8", high=200), 1, 1, 1, 1),
        case(draw(2, 4, 5, 3), 3, 0, None, 0, 5, raises=ShapeError, match="no negative bottom_padding"),
        case(draw(2, 4, 5, 3), 0, None, 0, 4, target_width=6, raises=ShapeError, match="no negative left_padding"),
        *_BAD,
    ],
)
def pad_images(
    images: Tensor,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Images with zeros at their edges: `out[i, j] = images[i - top_padding, j - left_padding]`, where there is one.

    Two of `top_padding`, `bottom_padding` and `target_height` are given, and two of `left_padding`, `right_padding` and
    `target_width`; the third follows from the size.

    Args:
        images: Shape `(batch, height, width, channels)` or `(batch, channels, height, width)`, the batch axis may be
            missing; any dtype.
        top_padding: How many rows are added at the top.
        left_padding: How many columns are added at the left.
        bottom_padding: How many rows are added at the bottom.
        right_padding: How many columns are added at the right.
        target_height: How many rows there are afterwards.
        target_width: How many columns there are afterwards.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor of the dtype of `images`.

    Raises:
        ArgumentError: Not two of three are given, or one is no integer from 0 on.
        ShapeError: The images have other axes, or more pixels than there are to be.

    ```python
    >>> import numpy as np
    >>> pad_images(np.array([[[1], [2]]]), 1, 1, target_height=2, target_width=4)[..., 0].tolist()
    [[0, 0, 0, 0], [0, 1, 2, 0]]

    ```
    """
    from multikeras import ops

    height, _ = image_axes(tuple(images.shape), data_format)
    ends = _both(
        ops.shape(images),
        height,
        "padding",
        True,
        (top_padding, left_padding, bottom_padding, right_padding),
        target_height,
        target_width,
    )
    return with_borders(images, height, [(before, behind) for before, behind, _ in ends])
