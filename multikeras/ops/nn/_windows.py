"""Where the windows of convolutions and poolings lie, and the shapes that follow: for rules and adapters."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from multikeras import config
from multikeras.backend.spec import Shape
from multikeras.errors import ArgumentError, ShapeError

Sizes = int | Sequence[int]

_TAPS = "A kernel has at least one entry along each axis."


def per_axis(value: Any, axes: int, name: str, least: int = 1) -> tuple[int, ...]:
    """One integer for each spatial axis, from one for all or one for each.

    Raises:
        ArgumentError: It is neither, or an integer is below `least`.
    """
    if type(value) is int:
        sizes: tuple[int, ...] = (value,) * axes
    elif isinstance(value, (list, tuple)) and all(hasattr(size, "__index__") for size in value):
        sizes = tuple(size.__index__() for size in value)
        if len(sizes) == 1:
            sizes *= axes
    elif not isinstance(value, (bool, list, tuple)) and hasattr(value, "__index__") and not getattr(value, "shape", ()):
        sizes = (value.__index__(),) * axes
    else:
        raise ArgumentError(f"`{name}` is an integer, or one for each spatial axis.", received=repr(value))
    if len(sizes) != axes:
        raise ArgumentError(
            f"`{name}` is an integer, or one for each spatial axis.", received=f"{name}={value!r}, {axes} spatial axes"
        )
    if any(size < least for size in sizes):
        raise ArgumentError(f"`{name}` is {least} or more.", received=f"{name}={value!r}")
    return sizes


def read_padding(padding: Any) -> str:
    """`"valid"` or `"same"`.

    Raises:
        ArgumentError: It is neither.
    """
    if padding in ("valid", "same"):
        return padding
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in ("valid", "same"):
        raise ArgumentError('padding is "valid" or "same".', received=repr(padding))
    return name


class Layout(NamedTuple):
    """A shape by the meaning of its axes.

    Args:
        batch: The batch size.
        spatial: The sizes of the spatial axes.
        channels: The number of channels.
        first: Whether channels come before the spatial axes.
    """

    batch: int | None
    spatial: Shape
    channels: int | None
    first: bool

    def shape(self, spatial: Shape, channels: int | None) -> Shape:
        """The shape with other sizes in this order."""
        return (self.batch, channels, *spatial) if self.first else (self.batch, *spatial, channels)


def read_layout(shape: Shape, data_format: str | None, op: str) -> Layout:
    """A shape of images (or sequences, or volumes) by the meaning of its axes.

    Raises:
        ArgumentError: There is no such data format.
        ShapeError: The shape does not have 1 to 3 spatial axes.
    """
    first = config.standardize_data_format(data_format) == "channels_first"
    if not 3 <= len(shape) <= 5:
        raise ShapeError(
            f"ops.{op} takes a batch with 1 to 3 spatial axes and channels.",
            received=f"inputs of shape {shape}",
            hint="ops.expand_dims(inputs, 0)",
        )
    if first:
        return Layout(shape[0], shape[2:], shape[1], True)
    return Layout(shape[0], shape[1:-1], shape[-1], False)


def windows_count(
    sizes: Shape, window: Sequence[int | None], strides: Sequence[int], padding: str, dilation: Sequence[int]
) -> Shape:
    """How many windows there are along each axis: the output's spatial sizes.

    With `"valid"` `(size - reach) // stride + 1` where `reach = (window - 1) dilation + 1`; with `"same"`
    `ceil(size / stride)`.

    Raises:
        ShapeError: A window is longer than its axis, or has no entries.
    """
    counts: list[int | None] = []
    for size, taps, stride, rate in zip(sizes, window, strides, dilation, strict=True):
        if taps == 0:
            raise ShapeError(_TAPS, received=f"windows of {tuple(window)} entries")
        if size is None or taps is None:
            counts.append(None)
        elif padding == "same":
            counts.append(-(-size // stride))
        else:
            reach = (taps - 1) * rate + 1
            if size < reach:
                raise ShapeError(
                    "A window is no longer than the axis that it moves along.",
                    received=f"windows of {reach} entries, {size} entries",
                    hint='padding="same"',
                )
            counts.append((size - reach) // stride + 1)
    return tuple(counts)


def _checked_kernel(layout: Layout, kernel: Shape, op: str) -> int:
    axes = len(layout.spatial)
    if len(kernel) != axes + 2:
        raise ShapeError(
            f"A kernel has as many axes as the inputs: ops.{op}.",
            received=f"kernel {kernel}, {axes + 2} axes of inputs",
        )
    return axes


@functools.lru_cache(maxsize=4096)
def _conv_shape(
    inputs: Shape, kernel: Shape, strides: Any, padding: Any, data_format: str | None, dilation_rate: Any
) -> Shape:
    layout = read_layout(inputs, data_format, "conv")
    axes = _checked_kernel(layout, kernel, "conv")
    channels, members, filters = layout.channels, kernel[-2], kernel[-1]
    if channels is not None and members is not None:
        groups = channels // members if members else 0
        if not members or not channels or channels % members:
            raise ShapeError(
                "The channels of the inputs are a multiple of those of the kernel.",
                received=f"{channels} channels, a kernel of shape {kernel} for {members}",
            )
        if filters is not None and groups and filters % groups:
            raise ShapeError(
                "The filters are a multiple of the groups.", received=f"{filters} filters, {groups} groups of channels"
            )
    strided = per_axis(strides, axes, "strides")
    dilated = per_axis(dilation_rate, axes, "dilation_rate")
    counts = windows_count(layout.spatial, kernel[:-2], strided, read_padding(padding), dilated)
    return layout.shape(counts, filters)


def conv_shape(
    inputs: Shape,
    kernel: Shape,
    strides: Sizes,
    padding: str,
    data_format: str | None,
    dilation_rate: Sizes,
) -> Shape:
    """The shape of a convolution's result, from shapes and arguments as `conv` takes them.

    Raises:
        ArgumentError: An argument has a value that `conv` does not take.
        ShapeError: The shapes do not fit.
    """
    arguments = inputs, kernel, _frozen(strides), padding, data_format or config.image_data_format()
    return _called(_conv_shape, *arguments, _frozen(dilation_rate))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _called(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except TypeError:
        # What can't be remembered is none of these arguments; the function says which.
        return function.__wrapped__(*arguments)


@functools.lru_cache(maxsize=4096)
def _depthwise_shape(
    inputs: Shape, kernel: Shape, strides: Any, padding: Any, data_format: str | None, dilation_rate: Any
) -> Shape:
    layout = read_layout(inputs, data_format, "depthwise_conv")
    axes = _checked_kernel(layout, kernel, "depthwise_conv")
    if layout.channels is not None and kernel[-2] is not None and layout.channels != kernel[-2]:
        raise ShapeError(
            "A depthwise kernel is for as many channels as the inputs have.",
            received=f"{layout.channels} channels, a kernel of shape {kernel} for {kernel[-2]}",
        )
    strided = per_axis(strides, axes, "strides")
    dilated = per_axis(dilation_rate, axes, "dilation_rate")
    counts = windows_count(layout.spatial, kernel[:-2], strided, read_padding(padding), dilated)
    filters = None if kernel[-2] is None or kernel[-1] is None else kernel[-2] * kernel[-1]
    return layout.shape(counts, filters)


def depthwise_shape(
    inputs: Shape,
    kernel: Shape,
    strides: Sizes,
    padding: str,
    data_format: str | None,
    dilation_rate: Sizes,
) -> Shape:
    """The shape of `depthwise_conv`'s result. See `conv_shape`."""
    arguments = inputs, kernel, _frozen(strides), padding, data_format or config.image_data_format()
    return _called(_depthwise_shape, *arguments, _frozen(dilation_rate))


class Transposed(NamedTuple):
    """The geometry of a transposed convolution.

    Args:
        shape: The shape of the result.
        crops: For each spatial axis, how many entries the result lacks at the front and at the end, compared with the
            `(size - 1) stride + reach` entries that all taps reach; negative where zeros follow.
    """

    shape: Shape
    crops: tuple[tuple[int, int] | None, ...]


@functools.lru_cache(maxsize=4096)
def _conv_transposed(
    inputs: Shape,
    kernel: Shape,
    strides: Any,
    padding: Any,
    output_padding: Any,
    data_format: str | None,
    dilation_rate: Any,
) -> Transposed:
    layout = read_layout(inputs, data_format, "conv_transpose")
    axes = _checked_kernel(layout, kernel, "conv_transpose")
    if layout.channels is not None and kernel[-1] is not None and layout.channels != kernel[-1]:
        raise ShapeError(
            "A transposed kernel has the inputs' channels as its last axis.",
            received=f"{layout.channels} channels, a kernel of shape {kernel}",
        )
    padding = read_padding(padding)
    extra = (None,) * axes if output_padding is None else per_axis(output_padding, axes, "output_padding", least=0)
    cells: list[int | None] = []
    crops: list[tuple[int, int] | None] = []
    for size, taps, stride, rate, added in zip(
        layout.spatial,
        kernel[:-2],
        per_axis(strides, axes, "strides"),
        per_axis(dilation_rate, axes, "dilation_rate"),
        extra,
        strict=True,
    ):
        if taps is None:
            cells.append(None)
            crops.append(None)
            continue
        if taps == 0:
            raise ShapeError(_TAPS, received=f"kernel of shape {kernel}")
        reach = (taps - 1) * rate + 1
        # What is cut off the cells that all taps reach does not depend on the size.
        if padding == "valid":
            cut = reach - max(reach, stride) if added is None else -added
            front = 0
        else:
            cut = reach - stride if added is None else reach - reach % 2 - added
            front = max(cut // 2, 0)
        crops.append((front, cut - front))
        cells.append(None if size is None else max((size - 1) * stride + reach - cut, 0) if size else 0)
    return Transposed(layout.shape(tuple(cells), kernel[-2]), tuple(crops))


def conv_transposed(
    inputs: Shape,
    kernel: Shape,
    strides: Sizes,
    padding: str,
    output_padding: Sizes | None,
    data_format: str | None,
    dilation_rate: Sizes,
) -> Transposed:
    """The geometry of a transposed convolution, from shapes and arguments as `conv_transpose` takes them.

    Raises:
        ArgumentError: An argument has a value that `conv_transpose` does not take.
        ShapeError: The shapes do not fit.
    """
    return _called(
        _conv_transposed,
        inputs,
        kernel,
        _frozen(strides),
        padding,
        _frozen(output_padding),
        data_format or config.image_data_format(),
        _frozen(dilation_rate),
    )


@functools.lru_cache(maxsize=4096)
def _pool_shape(inputs: Shape, pool_size: Any, strides: Any, padding: Any, data_format: str | None, op: str) -> Shape:
    layout = read_layout(inputs, data_format, op)
    axes = len(layout.spatial)
    window = per_axis(pool_size, axes, "pool_size")
    strided = window if strides is None else per_axis(strides, axes, "strides")
    counts = windows_count(layout.spatial, window, strided, read_padding(padding), (1,) * axes)
    return layout.shape(counts, layout.channels)


def pool_shape(
    inputs: Shape, pool_size: Sizes, strides: Sizes | None, padding: str, data_format: str | None, op: str
) -> Shape:
    """The shape of a pooling's result, from a shape and arguments as `max_pool` takes them.

    Raises:
        ArgumentError: An argument has a value that poolings do not take.
        ShapeError: A window is longer than its axis, or there are not 1 to 3 spatial axes.
    """
    arguments = inputs, _frozen(pool_size), _frozen(strides), padding
    return _called(_pool_shape, *arguments, data_format or config.image_data_format(), op)
