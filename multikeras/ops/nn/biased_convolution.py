"""The convolution of a layer, with its bias: one kernel on most frameworks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.config import standardize_data_format
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add
from multikeras.ops.nn._windows import conv_shape
from multikeras.ops.nn.convolution import conv
from multikeras.ops.shaping import reshape
from multikeras.testing import oracles


@rules.rule("promote")
def _biased_conv_rule(
    inputs: Spec,
    kernel: Spec,
    bias: Spec,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Spec:
    shape = conv_shape(inputs.shape, kernel.shape, strides, padding, data_format, dilation_rate)
    if len(bias.shape) != 1 or (None not in (bias.shape[0], kernel.shape[-1]) and bias.shape[0] != kernel.shape[-1]):
        raise ShapeError("The bias has an entry for each filter.", received=f"bias {bias}, kernel {kernel}")
    return Spec(shape, rules.same(rules.common(inputs, kernel, bias)))


def _reference(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> np.ndarray:
    found = oracles.conv(inputs, kernel, strides, padding, data_format, dilation_rate)
    return np.moveaxis(np.moveaxis(found, 1, -1) + bias, -1, 1) if data_format == "channels_first" else found + bias


@composite(
    infer=_biased_conv_rule,
    reference=_reference,
    cases=[
        case(draw(2, 5, 3), draw(2, 3, 4), draw(4)),
        case(draw(2, 5, 6, 3), draw(2, 3, 3, 4), draw(4)),
        case(draw(1, 4, 5, 3, 2), draw(2, 2, 2, 2, 3), draw(3)),
        case(draw(2, 5, 6, 3), draw(3, 3, 3, 2), draw(2), strides=2, padding="same"),
        case(draw(2, 7, 7, 1), draw(2, 3, 1, 2), draw(2), dilation_rate=(2, 3)),
        # JAX takes complex products by three real convolutions, whose sums cancel.
        case(draw(2, 5, 5, 4), draw(3, 3, 2, 6), draw(6), tolerance=16),
        case(draw(2, 3, 5, 6), draw(2, 3, 3, 4), draw(4), data_format="channels_first"),
        case(draw(2, 4, 6), draw(3, 2, 2), draw(2), [2], "same", "channels_first"),
        case(draw(0, 5, 3), draw(2, 3, 4), draw(4)),
        case(draw(1, 5, 5, 2, dtype="int32"), draw(2, 2, 2, 3, dtype="int32"), draw(3, dtype="int32")),
        case(draw(1, 5, 5, 2, dtype="int32"), draw(2, 2, 2, 3, dtype="float32"), draw(3, dtype="float32")),
        case(draw(2, 5, 3), draw(2, 3, 4), draw(3), raises=ShapeError, match="an entry for each filter"),
        case(draw(2, 5, 3), draw(2, 3, 4), draw(1, 4), raises=ShapeError, match="an entry for each filter"),
        case(draw(2, 5, 3), draw(2, 2, 4), draw(4), raises=ShapeError, match="multiple of those of the kernel"),
    ],
)
def biased_conv(
    inputs: Tensor,
    kernel: Tensor,
    bias: Tensor,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """`conv(inputs, kernel) + bias`, with one entry of the bias for each filter.

    Args:
        inputs: As for `conv`.
        kernel: As for `conv`.
        bias: Shape `(filters,)`; any dtype.
        strides: As for `conv`.
        padding: As for `conv`.
        data_format: As for `conv`.
        dilation_rate: As for `conv`.

    Returns:
        A tensor with the windows as its spatial axes and the filters as its channels, of the common dtype.

    Raises:
        ArgumentError: An argument has none of the values that it takes.
        ShapeError: Kernel or bias are not for these inputs, or a window is longer than its axis.

    ```python
    >>> import numpy as np
    >>> biased_conv(np.arange(4.0).reshape(1, 4, 1), np.ones((2, 1, 1)), [0.5]).ravel().tolist()
    [1.5, 3.5, 5.5]

    ```
    """
    if len(bias.shape) != 1 or bias.shape[0] != kernel.shape[-1]:
        # Others may broadcast too.
        raise ShapeError("The bias has an entry for each filter.", received=f"a bias of shape {tuple(bias.shape)}")
    found = conv(inputs, kernel, strides, padding, data_format, dilation_rate)
    if standardize_data_format(data_format) == "channels_first":
        bias = reshape(bias, (-1, *(1,) * (len(inputs.shape) - 2)))
    return add(found, bias)
