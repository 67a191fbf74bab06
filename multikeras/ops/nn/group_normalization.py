"""Normalization of groups of channels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras import config
from multikeras.backend.spec import Shape, Spec
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, multiply, negative, subtract
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.creation import zeros_like
from multikeras.ops.exponential import rsqrt
from multikeras.ops.nn.moments import moments
from multikeras.ops.nn.normalization import computed_dtype, layer_normalization
from multikeras.ops.shaping import reshape


def _checked(shape: Shape, groups: Any, axis: Any, **vectors: Shape | None) -> int:
    """The axis counted from the front."""
    position = rules.canonical_axis(axis, len(shape))
    if len(shape) < 2 or position == 0:
        raise ShapeError("Channels lie behind the batch axis.", received=f"shape {shape}, axis={axis}")
    channels = shape[position]
    if isinstance(groups, bool) or not hasattr(groups, "__index__") or groups < 1:
        raise ArgumentError("`groups` is an integer from 1 on.", received=repr(groups), hint="groups=32")
    if channels is not None and channels % groups:
        raise ArgumentError(
            "Channels are divided into groups of equal size.", received=f"{channels} channels, groups={groups}"
        )
    for name, vector in vectors.items():
        if vector is not None and (len(vector) != 1 or (None not in (vector[0], channels) and vector[0] != channels)):
            raise ShapeError(
                f"`{name}` has one entry for each channel.", received=f"shape {vector}, {channels} channels"
            )
    return position


@rules.rule("float", casts=("x",))
def _group_normalization_rule(
    x: Spec, groups: int, gamma: Spec | None = None, beta: Spec | None = None, axis: int = -1, epsilon: Any = None
) -> Spec:
    vectors = {"gamma": gamma, "beta": beta}
    _checked(x.shape, groups, axis, **{n: None if v is None else v.shape for n, v in vectors.items()})
    name = rules.floating(x.dtype)
    computed_dtype(name)
    return Spec(x.shape, name)


def _group_normalization_reference(
    x: Any, groups: int, gamma: Any = None, beta: Any = None, axis: int = -1, epsilon: Any = None
) -> np.ndarray:
    """One group of one sample after the other."""
    last = np.moveaxis(x + 0.0, axis, -1)
    size = last.shape[-1] // groups
    result = np.zeros_like(last)
    for sample, group in np.ndindex(last.shape[0], groups):
        part = last[sample, ..., group * size : (group + 1) * size]
        scale = np.sqrt(part.var() + (1e-7 if epsilon is None else epsilon))
        result[sample, ..., group * size : (group + 1) * size] = (part - part.mean()) / scale
    result = result if gamma is None else result * gamma
    return np.moveaxis(result if beta is None else result + beta, -1, axis)


@composite(
    infer=_group_normalization_rule,
    reference=_group_normalization_reference,
    cases=[
        case(draw(2, 6), 2),
        case(draw(2, 3, 6), 3, draw(6, salt=1), draw(6, salt=2)),
        case(draw(2, 4, 3, 2), 2, draw(4, salt=1), draw(4, salt=2), axis=1, epsilon=1e-3),
        case(draw(2, 3, 4, 2), 4, beta=draw(4, salt=2), axis=2, epsilon=0.1),
        case(draw(2, 4, 3), 1, draw(4, salt=1), axis=-2),
        case(draw(2, 1, 3), 3, draw(3, salt=1), draw(3, salt=2)),
        case(draw(0, 3, 4), 2),
        case(draw(2, 3, 4, dtype="bfloat16"), 2, draw(4, dtype="float32"), tolerance=4.0, gradient=False),
        case(draw(2, 3, 4), 3, raises=ArgumentError, match="groups of equal size"),
        case(draw(2, 3, 4), 0, raises=ArgumentError, match="from 1 on"),
        case(draw(2, 3, 4), 2, draw(3), raises=ShapeError, match="`gamma` has one entry"),
        case(draw(2, 3), 1, axis=0, raises=ShapeError, match="behind the batch axis"),
        case(draw(2, 3), 1, axis=2, raises=ShapeError, match="axis 2"),
        case(draw(2, 4, dtype="complex64"), 2, raises=DTypeError, match="real numbers"),
    ],
    real=True,
)
def group_normalization(
    x: Tensor,
    groups: int,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    axis: int = -1,
    epsilon: float | None = None,
) -> Tensor:
    """`(x - mean(x)) / sqrt(var(x) + epsilon) * gamma + beta`, with the moments of each group of channels of a sample.

    Floats shorter than 32 bits are computed with in 32 bits.

    Args:
        x: A tensor of any dtype, two axes or more; integers are taken as floats.
        groups: How many groups the channels are divided into, those side by side together.
        gamma: Shape (channels,); none by default.
        beta: Shape (channels,); none by default.
        axis: The axis of channels, not the first.
        epsilon: Added to the variance; `config.epsilon()` by default.

    Returns:
        A tensor of the shape of `x` and its dtype made floating.

    Raises:
        ArgumentError: The channels can't be divided so.
        DTypeError: `x` is complex.
        ShapeError: There is no such axis, or `gamma` or `beta` has other sizes.

    Source:
        Wu and He, "Group Normalization", 2018, eq. 1 to 7.

    ```python
    >>> group_normalization([[1.0, 3.0, 5.0, 9.0]], 2, epsilon=0.0).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]

    ```
    """
    shapes = {n: None if v is None else tuple(v.shape) for n, v in (("gamma", gamma), ("beta", beta))}
    position = _checked(tuple(x.shape), groups, axis, **shapes)
    epsilon = config.epsilon() if epsilon is None else epsilon
    given = dtype(x)
    name = computed_dtype(given)
    x = _as(x, name)
    sizes = shape_of(x)
    if position == 1:
        # The entries of a group lie side by side: one axis to normalize.
        flat = reshape(x, (sizes[0], groups, math.prod(sizes[1:]) // groups))
        x = reshape(layer_normalization(flat, None, None, -1, epsilon), sizes)
        along = (sizes[1], *(1,) * (len(sizes) - 2))
        if gamma is not None:
            x = multiply(x, reshape(_as(gamma, name), along))
        return _as(x if beta is None else add(x, reshape(_as(beta, name), along)), given)
    # `x * factor + summand`, both worked out for each group, so that `x` is read once.
    divided = (groups, sizes[position] // groups)
    x = reshape(x, (*sizes[:position], *divided, *sizes[position + 1 :]))
    mean, variance = moments(x, tuple(i for i in range(1, len(sizes) + 1) if i != position), True)
    factor = rsqrt(add(variance, epsilon))
    if not any(isinstance(size, int) and size > 1 for size in (divided[1], *sizes[1:position], *sizes[position + 1 :])):
        # Of groups of what may be one entry: what is taken from it by turns would not be quite itself.
        x, mean = subtract(x, mean), zeros_like(mean)
    along = (*divided, *(1,) * (len(sizes) - position - 1))
    if gamma is not None:
        factor = multiply(factor, reshape(_as(gamma, name), along))
    summand = negative(multiply(mean, factor))
    if beta is not None:
        summand = add(summand, reshape(_as(beta, name), along))
    return _as(reshape(add(multiply(x, factor), summand), sizes), given)


def _as(x: Any, name: str) -> Any:
    return x if dtype(x) == name else cast(x, name)
