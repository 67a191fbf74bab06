"""Maximum and average over windows of 1 to 3 spatial axes."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.nn._windows import Sizes, per_axis, pool_shape, read_layout
from multikeras.testing import oracles


def _pool_rule(op: str, cast: str | None) -> Any:
    @rules.rule(cast)
    def infer(
        inputs: Spec, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
    ) -> Spec:
        shape = pool_shape(inputs.shape, pool_size, strides, padding, data_format, op)
        return Spec(shape, (rules.floating if cast == "float" else rules.same)(inputs.dtype))

    return infer


_FLOATS = ("float32", "float64", "float16", "bfloat16")

_POOL_CASES = (
    case(draw(2, 5, 3), 2),
    case(draw(2, 6, 5, 3), (2, 3)),
    case(draw(1, 4, 5, 4, 2), 2),
    case(draw(2, 6, 5, 3), 3, strides=1),
    case(draw(2, 6, 5, 3), 2, strides=(1, 2), padding="same"),
    case(draw(2, 5, 3), 3, strides=2, padding="same"),
    case(draw(2, 5, 3), [2], [4], "SAME"),
    case(draw(2, 2, 3), 5, padding="same"),
    case(draw(2, 3, 6, 5), 2, data_format="channels_first"),
    case(draw(0, 4, 3), 2),
    case(draw(2, 5, 3), 6, raises=ShapeError, match="no longer than the axis"),
    case(draw(2, 3), 2, raises=ShapeError, match="1 to 3 spatial axes"),
    case(draw(2, 5, 3), 0, raises=ArgumentError, match="`pool_size` is 1 or more"),
    case(draw(2, 5, 3), (2, 2), raises=ArgumentError, match="one for each spatial axis"),
    case(draw(2, 5, 3), 2, padding="causal", raises=ArgumentError, match="padding is"),
)


@primitive(
    infer=_pool_rule("max_pool", None),
    reference=partial(oracles.pool, np.max),
    cases=[
        *_POOL_CASES,
        case(draw(1, 4, 2, dtype="int8"), 2),
        case(draw(1, 4, 2, dtype="bool"), 2),
        case(draw(1, 3, 2, low=-3.0, high=-1.0), 2, padding="same"),
        case([[[1.0], [float("nan")], [2.0], [3.0]]], 2, dtypes=_FLOATS, gradient=False),
        case([[[float("-inf")], [float("-inf")]]], 2, dtypes=_FLOATS, gradient=False),
        case(draw(1, 4, 2, dtype="complex64"), 2, raises=DTypeError, match="real numbers"),
    ],
    real=True,
)
def max_pool(
    inputs: Tensor,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """The largest entry of each window, for each channel; nan where the window has one.

    Args:
        inputs: Shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`, with 1 to 3 spatial axes; any
            real dtype.
        pool_size: Entries of a window, for all spatial axes or for each.
        strides: Entries from one window to the next; those of a window by default.
        padding: `"valid"`: windows lie inside the inputs. `"same"`: there are `ceil(size / stride)` windows; what of
            them lies outside the inputs does not count.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor with the windows as its spatial axes, of the dtype of `inputs`.

    Raises:
        ArgumentError: An argument has none of these values.
        DTypeError: The dtype is complex.
        ShapeError: A window is longer than its axis, or there are not 1 to 3 spatial axes.

    ```python
    >>> max_pool([[[1.0], [3.0], [2.0], [0.0]]], 2).tolist()
    [[[3.0], [2.0]]]

    ```
    """


@primitive(
    infer=_pool_rule("average_pool", "float"),
    reference=partial(oracles.pool, np.mean),
    cases=[*_POOL_CASES, case(draw(1, 4, 2, dtype="float32"), 3, 1, "same")],
)
def average_pool(
    inputs: Tensor,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """The mean of each window, for each channel.

    Args:
        inputs: Shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`, with 1 to 3 spatial axes; any
            dtype, integers are taken as floats.
        pool_size: Entries of a window, for all spatial axes or for each.
        strides: Entries from one window to the next; those of a window by default.
        padding: `"valid"`: windows lie inside the inputs. `"same"`: there are `ceil(size / stride)` windows; what of
            them lies outside the inputs does not count.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A floating tensor with the windows as its spatial axes.

    Raises:
        ArgumentError: An argument has none of these values.
        ShapeError: A window is longer than its axis, or there are not 1 to 3 spatial axes.

    ```python
    >>> average_pool([[[1.0], [3.0], [2.0], [0.0]]], 2).tolist()
    [[[2.0], [1.0]]]

    ```
    """


def adaptive_windows(size: int, count: int) -> list[tuple[int, int]]:
    """Where each of `count` windows that cover an axis of `size` entries starts and ends.

    Window `i` reaches from `floor(i size / count)` to `ceil((i + 1) size / count)`.
    """
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _adaptive_rule(op: str, cast: str | None) -> Any:
    @rules.rule(cast)
    def infer(inputs: Spec, output_size: Any, data_format: str | None = None) -> Spec:
        layout = read_layout(inputs.shape, data_format, op)
        counts = per_axis(output_size, len(layout.spatial), "output_size")
        if 0 in layout.spatial:
            raise ShapeError("Windows cover an axis that has entries.", received=str(inputs))
        return Spec(
            layout.shape(counts, layout.channels), (rules.floating if cast == "float" else rules.same)(inputs.dtype)
        )

    return infer


_ADAPTIVE_CASES = (
    case(draw(2, 6, 3), 3),
    case(draw(2, 7, 5, 3), (3, 2)),
    case(draw(1, 4, 5, 3, 2), 2),
    case(draw(2, 5, 3), 5),
    case(draw(2, 3, 2), 5),
    case(draw(2, 3, 7, 5), [2, 3], data_format="channels_first"),
    case(draw(2, 6, 3), 0, raises=ArgumentError, match="1 or more"),
    case(draw(2, 6), 2, raises=ShapeError, match="1 to 3 spatial axes"),
)


def _spatial_axes(inputs: Any, output_size: Any, data_format: str | None, op: str) -> list[tuple[int, int, int]]:
    """For each spatial axis its place, its size and the number of windows."""
    layout = read_layout(tuple(inputs.shape), data_format, op)
    counts = per_axis(output_size, len(layout.spatial), "output_size")
    first = 2 if layout.first else 1
    return [(first + i, size, counts[i]) for i, size in enumerate(layout.spatial)]  # type: ignore[misc]


@composite(
    infer=_adaptive_rule("adaptive_max_pool", None),
    reference=partial(oracles.adaptive_pool, np.max),
    cases=_ADAPTIVE_CASES,
    real=True,
)
def adaptive_max_pool(inputs: Tensor, output_size: Sizes, data_format: str | None = None) -> Tensor:
    """The largest entry of each of a given number of windows that cover the inputs, for each channel.

    Window `i` of `m` along an axis of `n` entries reaches from `floor(i n / m)` to `ceil((i + 1) n / m)`.

    Args:
        inputs: Shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`, with 1 to 3 spatial axes of known
            sizes; any real dtype.
        output_size: The number of windows, for all spatial axes or for each.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A tensor with the windows as its spatial axes, of the dtype of `inputs`.

    Raises:
        ArgumentError: `output_size` is not 1 or more.
        ShapeError: There are not 1 to 3 spatial axes with entries.

    ```python
    >>> adaptive_max_pool([[[1.0], [3.0], [2.0]]], 2).tolist()
    [[[3.0], [3.0]]]

    ```
    """
    from multikeras import ops

    for axis, size, count in _spatial_axes(inputs, output_size, data_format, "adaptive_max_pool"):
        windows = adaptive_windows(size, count)
        longest = max(end - start for start, end in windows)
        # Shorter windows repeat their last entry.
        places = np.array([[min(start + i, end - 1) for i in range(longest)] for start, end in windows], "int32")
        inputs = ops.max(ops.take(inputs, places, axis), axis + 1)
    return inputs


@composite(
    infer=_adaptive_rule("adaptive_average_pool", "float"),
    reference=partial(oracles.adaptive_pool, np.mean),
    cases=_ADAPTIVE_CASES,
)
def adaptive_average_pool(inputs: Tensor, output_size: Sizes, data_format: str | None = None) -> Tensor:
    """The mean of each of a given number of windows that cover the inputs, for each channel.

    Window `i` of `m` along an axis of `n` entries reaches from `floor(i n / m)` to `ceil((i + 1) n / m)`.

    Args:
        inputs: Shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`, with 1 to 3 spatial axes of known
            sizes; any dtype, integers are taken as floats.
        output_size: The number of windows, for all spatial axes or for each.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.

    Returns:
        A floating tensor with the windows as its spatial axes.

    Raises:
        ArgumentError: `output_size` is not 1 or more.
        ShapeError: There are not 1 to 3 spatial axes with entries.

    ```python
    >>> adaptive_average_pool([[[1.0], [3.0], [2.0]]], 2).tolist()
    [[[2.0], [2.5]]]

    ```
    """
    from multikeras import ops

    for axis, size, count in _spatial_axes(inputs, output_size, data_format, "adaptive_average_pool"):
        weights = np.zeros((size, count))
        for i, (start, end) in enumerate(adaptive_windows(size, count)):
            weights[start:end, i] = 1 / (end - start)
        means = ops.tensordot(inputs, ops.convert_to_tensor(weights, ops.dtype(inputs)), ([axis], [0]))
        inputs = ops.moveaxis(means, -1, axis)
    return inputs
