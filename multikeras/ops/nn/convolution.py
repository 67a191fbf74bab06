"""Convolutions over 1 to 3 spatial axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multikeras.backend.spec import Shape, Spec
from multikeras.config import standardize_data_format
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.conversion import dtype
from multikeras.ops.creation import zeros
from multikeras.ops.nn._windows import conv_shape, conv_transposed, depthwise_shape
from multikeras.ops.shaping import reshape
from multikeras.testing import oracles

Sizes = int | Sequence[int]


@rules.rule("promote")
def _conv_rule(
    inputs: Spec,
    kernel: Spec,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Spec:
    shape = conv_shape(inputs.shape, kernel.shape, strides, padding, data_format, dilation_rate)
    return Spec(shape, rules.same(rules.common(inputs, kernel)))


@primitive(
    infer=_conv_rule,
    reference=oracles.conv,
    cases=[
        case(draw(2, 5, 3), draw(2, 3, 4)),
        case(draw(2, 5, 6, 3), draw(2, 3, 3, 4)),
        case(draw(1, 4, 5, 3, 2), draw(2, 2, 2, 2, 3)),
        case(draw(1, 4, 3, 4, 2), draw(2, 2, 2, 2, 3), strides=4, padding="same", dtypes=("float64",)),
        case(draw(2, 5, 6, 3), draw(3, 3, 3, 2), strides=2, padding="same"),
        case(draw(2, 6, 5, 2), draw(2, 3, 2, 2), strides=(2, 1), padding="same"),
        case(draw(2, 5, 3), draw(4, 3, 2), padding="SAME"),
        case(draw(2, 7, 7, 1), draw(2, 3, 1, 2), dilation_rate=(2, 3)),
        case(draw(2, 7, 3), draw(3, 3, 2), padding="same", dilation_rate=2),
        case(draw(2, 5, 5, 4), draw(3, 3, 2, 6)),
        case(draw(2, 5, 5, 4), draw(3, 3, 1, 4)),
        case(draw(1, 3, 4, 3, 4), draw(2, 2, 2, 2, 6)),
        case(draw(1, 4, 3, 4, 4), draw(2, 2, 2, 2, 6), padding="same", dilation_rate=2, dtypes=("float64",)),
        case(draw(2, 3, 5, 6), draw(2, 3, 3, 4), data_format="channels_first"),
        case(draw(2, 4, 6), draw(3, 2, 2), [2], "same", "channels_first"),
        case(draw(0, 5, 3), draw(2, 3, 4)),
        case(draw(1, 5, 5, 2, dtype="int32"), draw(2, 2, 2, 3, dtype="int32")),
        case(draw(1, 5, 5, 2, dtype="int32"), draw(2, 2, 2, 3, dtype="float32")),
        case(draw(2, 5, 3), draw(2, 2, 4), raises=ShapeError, match="multiple of those of the kernel"),
        case(draw(2, 5, 0), draw(2, 1, 4), raises=ShapeError, match="multiple of those of the kernel"),
        case(draw(0, 5, 3), draw(0, 3, 4), raises=ShapeError, match="at least one entry"),
        case(draw(2, 5, 4), draw(2, 2, 3), raises=ShapeError, match="multiple of the groups"),
        case(draw(2, 5, 3), draw(2, 2, 3, 4), raises=ShapeError, match="as many axes"),
        case(draw(2, 3), draw(3, 4), raises=ShapeError, match="1 to 3 spatial axes"),
        case(draw(2, 2, 3), draw(4, 3, 2), raises=ShapeError, match="no longer than the axis"),
        case(draw(2, 5, 3), draw(2, 3, 4), strides=0, raises=ArgumentError, match="`strides` is 1 or more"),
        case(draw(2, 5, 3), draw(2, 3, 4), strides=(1, 2), raises=ArgumentError, match="one for each spatial axis"),
        case(draw(2, 5, 3), draw(2, 3, 4), padding="full", raises=ArgumentError, match="padding is"),
        case(draw(2, 5, 3), draw(2, 3, 4), data_format="last", raises=ArgumentError, match="data_format"),
    ],
)
def conv(
    inputs: Tensor,
    kernel: Tensor,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """Convolution: `out[b, o, f] = sum(inputs[b, o stride + t dilation - front, c] kernel[t, c, f])` over `t` and `c`.

    Args:
        inputs: Shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`, with 1 to 3 spatial axes; any
            dtype.
        kernel: Shape `(*window, channels / groups, filters)`; any dtype. A kernel for fewer channels than the inputs
            have makes groups: each group of channels has its own share of the filters.
        strides: Entries from one window to the next, for all spatial axes or for each.
        padding: `"valid"`: windows lie inside the inputs. `"same"`: zeros are added so that there are
            `ceil(size / stride)` windows; where their number is odd, the last one goes behind the inputs.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        dilation_rate: Entries from one tap of the kernel to the next, for all spatial axes or for each.

    Returns:
        A tensor with the windows as its spatial axes and the filters as its channels, of the common dtype; of bools the
        logical or.

    Raises:
        ArgumentError: An argument has none of these values.
        ShapeError: The kernel is not for these inputs, or a window is longer than its axis.

    ```python
    >>> import numpy as np
    >>> conv(np.arange(4.0).reshape(1, 4, 1), np.ones((2, 1, 1))).ravel().tolist()
    [1.0, 3.0, 5.0]

    ```
    """


@rules.rule("promote")
def _conv_transpose_rule(
    inputs: Spec,
    kernel: Spec,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Spec:
    geometry = conv_transposed(inputs.shape, kernel.shape, strides, padding, output_padding, data_format, dilation_rate)
    return Spec(geometry.shape, rules.same(rules.common(inputs, kernel)))


@primitive(
    infer=_conv_transpose_rule,
    reference=oracles.conv_transpose,
    cases=[
        case(draw(2, 4, 3), draw(3, 2, 3)),
        case(draw(2, 3, 4, 3), draw(2, 3, 2, 3)),
        case(draw(1, 2, 3, 2, 2), draw(2, 2, 2, 3, 2)),
        case(draw(2, 4, 3), draw(3, 2, 3), strides=2),
        case(draw(2, 4, 3), draw(2, 2, 3), strides=3),
        case(draw(2, 4, 3), draw(3, 2, 3), strides=2, padding="same"),
        case(draw(2, 4, 3), draw(4, 2, 3), strides=2, padding="same"),
        case(draw(2, 4, 3), draw(2, 2, 3), strides=3, padding="same"),
        case(draw(2, 4, 3), draw(5, 2, 3), padding="same"),
        case(draw(2, 4, 3), draw(3, 2, 3), strides=2, padding="same", output_padding=0),
        case(draw(2, 4, 3), draw(3, 2, 3), strides=2, padding="same", output_padding=1),
        case(draw(2, 4, 3), draw(3, 2, 3), strides=2, padding="valid", output_padding=1),
        case(draw(2, 3, 4, 2), draw(3, 3, 2, 2), strides=(2, 1), padding="same", output_padding=(1, 0)),
        case(draw(2, 4, 3), draw(2, 2, 3), dilation_rate=2),
        case(draw(2, 4, 3), draw(3, 2, 3), padding="same", dilation_rate=2),
        case(draw(2, 3, 4), draw(3, 2, 3), strides=2, padding="same", data_format="channels_first"),
        case(draw(0, 4, 3), draw(3, 2, 3)),
        case(draw(2, 0, 3), draw(3, 2, 3), padding="same"),
        case(draw(1, 4, 3, dtype="int32"), draw(3, 2, 3, dtype="int32"), strides=2),
        case(draw(2, 4, 3), draw(3, 2, 4), raises=ShapeError, match="as its last axis"),
        case(draw(2, 4, 3), draw(3, 3), raises=ShapeError, match="as many axes"),
        case(draw(2, 4, 3), draw(3, 2, 3), output_padding=-1, raises=ArgumentError, match="0 or more"),
        case(draw(2, 4, 3), draw(3, 2, 3), padding="causal", raises=ArgumentError, match="padding is"),
    ],
)
def conv_transpose(
    inputs: Tensor,
    kernel: Tensor,
    strides: Sizes = 1,
    padding: str = "valid",
    output_padding: Sizes | None = None,
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """Transposed convolution: each entry of the inputs spreads the kernel over the result.

    Starting from zeros, `out[b, o stride + t dilation, f] += inputs[b, o, c] kernel[t, f, c]` for all `o`, `t` and `c`.
    It is the gradient of a convolution with respect to its inputs.

    Args:
        inputs: Shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`, with 1 to 3 spatial axes; any
            dtype.
        kernel: Shape `(*window, filters, channels)`; any dtype.
        strides: Entries of the result for each of the inputs, for all spatial axes or for each.
        padding: With `reach = (window - 1) dilation + 1`, `"valid"` makes `(size - 1) stride + max(reach, stride)`
            entries of an axis. `"same"` makes `size stride`: what is too much is cut off at both ends, the odd one at
            the far end. An empty axis stays empty.
        output_padding: In place of these, `(size - 1) stride + reach + output_padding` entries with `"valid"` and
            `(size - 1) stride + reach % 2 + output_padding` with `"same"`.
        data_format: `"channels_last"` or `"channels_first"`; by default that of `config.image_data_format()`.
        dilation_rate: Entries from one tap of the kernel to the next, for all spatial axes or for each.

    Returns:
        A tensor with the filters as its channels, of the common dtype; of bools the logical or.

    Raises:
        ArgumentError: An argument has none of these values.
        ShapeError: The kernel is not for these inputs.

    ```python
    >>> import numpy as np
    >>> conv_transpose(np.ones((1, 2, 1)), np.array([1.0, 2.0]).reshape(2, 1, 1), strides=2).ravel().tolist()
    [1.0, 2.0, 1.0, 2.0]

    ```
    """


@rules.rule("promote")
def _depthwise_conv_rule(
    inputs: Spec,
    kernel: Spec,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Spec:
    shape = depthwise_shape(inputs.shape, kernel.shape, strides, padding, data_format, dilation_rate)
    return Spec(shape, rules.same(rules.common(inputs, kernel)))


@composite(
    infer=_depthwise_conv_rule,
    reference=oracles.depthwise_conv,
    cases=[
        case(draw(2, 5, 3), draw(2, 3, 1)),
        case(draw(2, 5, 6, 3), draw(2, 3, 3, 2)),
        case(draw(1, 4, 4, 3, 2), draw(2, 2, 2, 2, 1)),
        case(draw(1, 4, 5, 4, 2), draw(2, 2, 2, 2, 1), dilation_rate=3, dtypes=("float64",)),
        case(draw(2, 5, 6, 3), draw(3, 3, 3, 1), strides=2, padding="same"),
        case(draw(2, 7, 3), draw(3, 3, 2), padding="same", dilation_rate=2),
        case(draw(2, 3, 5, 6), draw(2, 3, 3, 2), data_format="channels_first"),
        case(draw(1, 4, 2, dtype="int32"), draw(2, 2, 2, dtype="int32")),
        case(draw(2, 5, 0), draw(2, 0, 2), gradient=False),
        case(draw(2, 5, 4), draw(2, 2, 3), raises=ShapeError, match="as many channels"),
        case(draw(2, 2, 3), draw(4, 3, 1), raises=ShapeError, match="no longer than the axis"),
    ],
)
def depthwise_conv(
    inputs: Tensor,
    kernel: Tensor,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """Convolution of each channel with filters of its own.

    Args:
        inputs: Shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`, with 1 to 3 spatial axes; any
            dtype.
        kernel: Shape `(*window, channels, multiplier)`; any dtype. Filter `m` of channel `c` makes channel
            `c multiplier + m` of the result.
        strides: As for `conv`.
        padding: As for `conv`.
        data_format: As for `conv`.
        dilation_rate: As for `conv`.

    Returns:
        A tensor with the windows as its spatial axes and `channels multiplier` channels, of the common dtype; of
        bools the logical or.

    Raises:
        ArgumentError: An argument has none of the values that it takes.
        ShapeError: The kernel is not for these inputs, or a window is longer than its axis.

    ```python
    >>> import numpy as np
    >>> depthwise_conv(np.ones((1, 2, 2)), np.array([[[1.0], [2.0]]])).tolist()
    [[[1.0, 2.0], [1.0, 2.0]]]

    ```
    """
    *window, channels, multiplier = kernel.shape
    grouped = reshape(kernel, (*window, 1, channels * multiplier))
    # Alone the depthwise rule knows that every channel is needed.
    made = depthwise_shape(tuple(inputs.shape), tuple(kernel.shape), strides, padding, data_format, dilation_rate)
    if channels == 0 and None not in made:
        return zeros(made, dtype(inputs))
    return conv(inputs, grouped, strides, padding, data_format, dilation_rate)


@rules.rule("promote")
def _separable_conv_rule(
    inputs: Spec,
    depthwise_kernel: Spec,
    pointwise_kernel: Spec,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Spec:
    middle = depthwise_shape(inputs.shape, depthwise_kernel.shape, strides, padding, data_format, dilation_rate)
    _check_pointwise(middle, pointwise_kernel.shape, data_format)
    shape = conv_shape(middle, pointwise_kernel.shape, 1, "valid", data_format, 1)
    return Spec(shape, rules.same(rules.common(inputs, depthwise_kernel, pointwise_kernel)))


def _check_pointwise(middle: Shape, kernel: Shape, data_format: str | None) -> None:
    if len(kernel) != len(middle):
        raise ShapeError(
            "A kernel has as many axes as the inputs: ops.separable_conv.",
            received=f"pointwise kernel {kernel}, {len(middle)} axes of inputs",
        )
    if any(size not in (1, None) for size in kernel[:-2]):
        raise ShapeError("A pointwise kernel has windows of one entry.", received=f"kernel of shape {kernel}")
    channels = middle[1] if standardize_data_format(data_format) == "channels_first" else middle[-1]
    if None not in (channels, kernel[-2]) and channels != kernel[-2]:
        raise ShapeError(
            "A pointwise kernel is for the channels that the depthwise one makes.",
            received=f"{channels} channels, a pointwise kernel of shape {kernel}",
        )


@composite(
    infer=_separable_conv_rule,
    reference=oracles.separable_conv,
    cases=[
        case(draw(2, 5, 3), draw(2, 3, 1), draw(1, 3, 4)),
        case(draw(2, 5, 6, 3), draw(2, 3, 3, 2), draw(1, 1, 6, 2)),
        case(draw(2, 5, 6, 3), draw(3, 3, 3, 1), draw(1, 1, 3, 2), strides=2, padding="same"),
        case(draw(2, 7, 3), draw(3, 3, 2), draw(1, 6, 2), dilation_rate=2),
        case(draw(2, 3, 5, 6), draw(2, 3, 3, 2), draw(1, 1, 6, 2), data_format="channels_first", tolerance=16),
        case(draw(2, 5, 3), draw(2, 3, 1), draw(1, 4, 4), raises=ShapeError, match="depthwise one makes"),
        case(draw(2, 5, 3), draw(2, 3, 1), draw(2, 3, 4), raises=ShapeError, match="windows of one entry"),
        case(draw(2, 5, 3), draw(2, 3, 1), draw(3, 4), raises=ShapeError, match="as many axes"),
    ],
)
def separable_conv(
    inputs: Tensor,
    depthwise_kernel: Tensor,
    pointwise_kernel: Tensor,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Tensor:
    """A depthwise convolution, then a product of the channels at each place with a matrix.

    Args:
        inputs: Shape `(batch, *spatial, channels)`, or `(batch, channels, *spatial)`, with 1 to 3 spatial axes; any
            dtype.
        depthwise_kernel: Shape `(*window, channels, multiplier)`.
        pointwise_kernel: Shape `(1, ..., 1, channels multiplier, filters)`.
        strides: Of the depthwise convolution, as for `conv`.
        padding: Of the depthwise convolution, as for `conv`.
        data_format: As for `conv`.
        dilation_rate: Of the depthwise convolution, as for `conv`.

    Returns:
        A tensor with the windows as its spatial axes and the filters as its channels, of the common dtype; of bools the
        logical or.

    Raises:
        ArgumentError: An argument has none of the values that it takes.
        ShapeError: A kernel is not for these inputs, or a window is longer than its axis.

    ```python
    >>> import numpy as np
    >>> separable_conv(np.ones((1, 2, 2)), np.ones((1, 2, 1)), np.ones((1, 2, 1))).tolist()
    [[[2.0], [2.0]]]

    ```
    """
    _check_pointwise(
        depthwise_shape(
            tuple(inputs.shape), tuple(depthwise_kernel.shape), strides, padding, data_format, dilation_rate
        ),
        tuple(pointwise_kernel.shape),
        data_format,
    )
    middle = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(middle, pointwise_kernel, 1, "valid", data_format, 1)
