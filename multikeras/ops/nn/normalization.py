"""Normalization by given or own statistics."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras import config
from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import broadcasts_to
from multikeras.ops._types import Axis, Tensor
from multikeras.ops.arithmetic import absolute, add, divide, multiply, negative, power, square, subtract
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.exponential import rsqrt
from multikeras.ops.reduction import mean, sum
from multikeras.ops.rounding import maximum
from multikeras.ops.shaping import reshape


def computed_dtype(name: str) -> str:
    """The dtype that statistics are computed in: float32 for shorter floats."""
    return "float32" if name in ("float16", "bfloat16", "float8_e4m3fn", "float8_e5m2") else name


def _normalized_dtype(*specs: Spec | None) -> str:
    name = rules.floating(rules.common(*specs))
    computed_dtype(name)
    return name


def _as(x: Any, name: str) -> Any:
    return x if dtype(x) == name else cast(x, name)


# -- By given statistics --------------------------------------------------------------------------------------


def _check_vectors(size: int | None, **vectors: Shape | None) -> None:
    for name, shape in vectors.items():
        if shape is not None and (len(shape) != 1 or (shape[0] != size and None not in (shape[0], size))):
            raise ShapeError(
                "Statistics, scale and offset are vectors as long as the axis.",
                received=f"{name} of shape {shape}, axis of {size} entries",
            )


@rules.rule("float")
def _batch_normalization_rule(
    x: Spec,
    mean: Spec,
    variance: Spec,
    axis: int,
    offset: Spec | None = None,
    scale: Spec | None = None,
    epsilon: float = 1e-3,
) -> Spec:
    size = x.shape[rules.canonical_axis(axis, len(x.shape))]
    if isinstance(epsilon, (int, float)) and not epsilon >= 0:
        raise ArgumentError("`epsilon` is 0 or more.", received=f"epsilon={epsilon}")
    shapes = {"mean": mean, "variance": variance, "offset": offset, "scale": scale}
    _check_vectors(size, **{name: None if spec is None else spec.shape for name, spec in shapes.items()})
    return Spec(x.shape, _normalized_dtype(x, mean, variance, offset, scale))


def _batch_normalization_reference(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> np.ndarray:
    along = [1] * x.ndim
    along[axis] = -1
    x, mean, variance = x + 0.0, mean + 0.0, variance + 0.0
    result = (x - mean.reshape(along)) / np.sqrt(variance.reshape(along) + epsilon)
    result = result if scale is None else result * scale.reshape(along)
    return result if offset is None else result + offset.reshape(along)


@composite(
    infer=_batch_normalization_rule,
    reference=_batch_normalization_reference,
    cases=[
        case(draw(4, 3), draw(3, salt=1), draw(3, low=0.5), -1),
        case(draw(2, 3, 4), draw(3, salt=1), draw(3, low=0.5), 1, draw(3, salt=2), draw(3, salt=3)),
        case(draw(2, 3), draw(3), draw(3, low=0.5), axis=1, scale=draw(3, salt=3), epsilon=0.1),
        case(draw(2, 3), draw(3), draw(3, low=0.5), axis=1, offset=draw(3, salt=3)),
        case(draw(0, 3), draw(3), draw(3, low=0.5), -1),
        case(draw(2, 3, dtype="bfloat16"), draw(3, dtype="float32"), draw(3, low=0.5, dtype="float32"), -1),
        case(draw(2, 3), draw(2), draw(3), -1, raises=ShapeError, match="mean of shape"),
        case(draw(2, 3), draw(3), draw(3), -1, draw(1, 3), raises=ShapeError, match="offset of shape"),
        case(draw(2, 3), draw(3), draw(3), 2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def batch_normalization(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    axis: int,
    offset: Tensor | None = None,
    scale: Tensor | None = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`, the statistics belonging to the entries of an axis.

    Args:
        x: A tensor of any dtype; integers are taken as floats.
        mean: Shape `(x.shape[axis],)`.
        variance: Shape `(x.shape[axis],)`, entries from 0 on.
        axis: The axis.
        offset: Shape `(x.shape[axis],)`; none by default.
        scale: Shape `(x.shape[axis],)`; none by default.
        epsilon: Added to the variance, above 0.

    Returns:
        A tensor of the shape of `x` and the common dtype made floating.

    Raises:
        DTypeError: A tensor is complex.
        ShapeError: There is no such axis, or the others are no vectors of its size.

    Source:
        Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
        Shift", 2015, algorithm 1.

    ```python
    >>> batch_normalization([[1.0, 2.0]], [1.0, 0.0], [1.0, 4.0], -1, epsilon=0.0).tolist()
    [[0.0, 1.0]]

    ```
    """
    position = rules.canonical_axis(axis, len(x.shape))
    _check_vectors(
        x.shape[position],
        mean=tuple(mean.shape),
        variance=tuple(variance.shape),
        offset=None if offset is None else tuple(offset.shape),
        scale=None if scale is None else tuple(scale.shape),
    )
    given = dtype(x)
    name = computed_dtype(given)
    # One factor and one summand per entry of the axis, so that `x` is read once.
    factor = rsqrt(add(_as(variance, name), epsilon))
    if scale is not None:
        factor = multiply(factor, _as(scale, name))
    summand = negative(multiply(_as(mean, name), factor))
    if offset is not None:
        summand = add(summand, _as(offset, name))
    if position != len(x.shape) - 1:
        along = [1] * len(x.shape)
        along[position] = -1
        factor, summand = reshape(factor, along), reshape(summand, along)
    return _as(add(multiply(_as(x, name), factor), summand), given)


# -- By its own statistics ------------------------------------------------------------------------------------


def _over(axis: Any, shape: Shape) -> tuple[int, ...]:
    """The axes of the statistics, in their order; a scalar has none."""
    return tuple(sorted(rules.canonical_axes(axis, len(shape)))) if shape else ()


def _check_weight(name: str, shape: Shape, x: Shape, axes: tuple[int, ...]) -> None:
    wanted = tuple(x[i] for i in axes)
    if not broadcasts_to(shape, wanted if len(shape) <= len(axes) else x):
        raise ShapeError(
            f"`{name}` has the sizes of the axes that are normalized.",
            received=f"shape {shape}, axes of sizes {wanted}",
        )


def _along(weight: Any, ndim: int, axes: tuple[int, ...]) -> Any:
    """`weight`, whose axes are `axes` of a tensor of `ndim` axes, as one that broadcasts with it."""
    own = len(weight.shape)
    if own != len(axes) or axes == tuple(range(ndim - own, ndim)):
        return weight
    sizes = [1] * ndim
    for i, size in zip(axes, shape_of(weight), strict=True):
        sizes[i] = size
    return reshape(weight, sizes)


@rules.rule("float", casts=("x",))
def _layer_normalization_rule(
    x: Spec, gamma: Spec | None = None, beta: Spec | None = None, axis: Axis = -1, epsilon: Any = None, **kwargs: Any
) -> Spec:
    _check_rest(kwargs)
    axes = _over(axis, x.shape)
    for name, weight in (("gamma", gamma), ("beta", beta)):
        if weight is not None:
            _check_weight(name, weight.shape, x.shape, axes)
    return Spec(x.shape, _normalized_dtype(x))


def _check_rest(kwargs: dict[str, Any]) -> None:
    if set(kwargs) - {"rms_scaling"}:
        raise ArgumentError("layer_normalization has no such arguments.", received=", ".join(kwargs))


def _layer_normalization_reference(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: Any = None
) -> np.ndarray:
    axes = tuple(sorted(np.atleast_1d(axis) % x.ndim))
    x = x + 0.0
    epsilon = 1e-7 if epsilon is None else epsilon
    mean, variance = np.mean(x, axes, keepdims=True), np.var(x, axes, keepdims=True)
    result = (x - mean) / np.sqrt(variance + epsilon)
    sizes = [x.shape[i] if i in axes else 1 for i in range(x.ndim)]
    result = result if gamma is None else result * gamma.reshape(sizes)
    return result if beta is None else result + beta.reshape(sizes)


@composite(
    infer=_layer_normalization_rule,
    reference=_layer_normalization_reference,
    cases=[
        case(draw(4, 3)),
        case(draw(4, 3, dtype="complex64"), raises=DTypeError, match="real numbers"),
        case(draw(4, 3), draw(3, salt=1), draw(3, salt=2)),
        case(draw(2, 3, 4), draw(3, salt=1), draw(3, salt=2), axis=1, epsilon=1e-3),
        case(draw(2, 3, 4), draw(3, 4, salt=1), draw(3, 4, salt=2), axis=(1, 2)),
        case(draw(2, 3, 4), draw(2, 4, salt=1), axis=[-1, 0]),
        case(draw(0, 3)),
        case(draw(2, 3, dtype="bfloat16"), draw(3, dtype="float32"), tolerance=4.0, gradient=False),
        case(draw(2, 3), draw(4), raises=ShapeError, match="`gamma` has the sizes"),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
        case(draw(2, 3), scaling=True, raises=ArgumentError, match="no such arguments"),
    ],
    real=True,
)
def layer_normalization(
    x: Tensor,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Tensor:
    """`(x - mean(x)) / sqrt(var(x) + epsilon) * gamma + beta`, mean and variance taken over some axes.

    Floats shorter than 32 bits are computed with in 32 bits.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        gamma: The sizes of these axes as shape, in the order of the axes of `x`; none by default.
        beta: Likewise; none by default.
        axis: The axes.
        epsilon: Added to the variance; `config.epsilon()` by default.
        **kwargs: `rms_scaling`, deprecated: leave out the means and `beta`. Use `rms_normalization`.

    Returns:
        A tensor of the shape of `x` and its dtype made floating.

    Raises:
        ArgumentError: There is another argument.
        DTypeError: `x` is complex.
        ShapeError: There is no such axis, or `gamma` or `beta` has other sizes.

    Source:
        Ba, Kiros and Hinton, "Layer Normalization", 2016, eq. 4.

    ```python
    >>> layer_normalization([[1.0, 3.0]], epsilon=0.0).tolist()
    [[-1.0, 1.0]]

    ```
    """
    _check_rest(kwargs)
    axes = _over(axis, tuple(x.shape))
    for title, weight in (("gamma", gamma), ("beta", beta)):
        if weight is not None:
            _check_weight(title, tuple(weight.shape), tuple(x.shape), axes)
    given = dtype(x)
    name = computed_dtype(given)
    x = _as(x, name)
    centred = subtract(x, mean(x, axes, keepdims=True))
    variance = mean(square(centred), axes, keepdims=True)
    factor = rsqrt(add(variance, config.epsilon() if epsilon is None else epsilon))
    scaled_only = kwargs.get("rms_scaling", False)
    if scaled_only:
        warnings.warn("rms_scaling is deprecated: use rms_normalization", DeprecationWarning, stacklevel=2)
        centred = x
    result = multiply(centred, factor)
    if gamma is not None:
        result = multiply(result, _along(_as(gamma, name), len(x.shape), axes))
    if beta is not None and not scaled_only:
        result = add(result, _along(_as(beta, name), len(x.shape), axes))
    return _as(result, given)


@rules.rule("float", casts=("x",))
def _rms_normalization_rule(x: Spec, scale: Spec | None = None, axis: Axis = -1, epsilon: Any = None) -> Spec:
    axes = _over(axis, x.shape)
    if scale is not None:
        _check_weight("scale", scale.shape, x.shape, axes)
    return Spec(x.shape, _normalized_dtype(x))


def _rms_normalization_reference(x: Any, scale: Any = None, axis: Any = -1, epsilon: Any = None) -> np.ndarray:
    x = x + 0.0
    if x.ndim == 0:
        return x / np.sqrt(x * x + 1e-7)
    axes = tuple(sorted(np.atleast_1d(axis) % x.ndim))
    result = x / np.sqrt(np.mean(x * x, axes, keepdims=True) + (1e-7 if epsilon is None else epsilon))
    sizes = [x.shape[i] if i in axes else 1 for i in range(x.ndim)]
    return result if scale is None else result * scale.reshape(sizes)


@composite(
    infer=_rms_normalization_rule,
    reference=_rms_normalization_reference,
    cases=[
        case(draw(4, 3)),
        case(draw(4, 3), draw(3, salt=1)),
        case(draw(2, 3, 4), draw(3, salt=1), axis=1, epsilon=1e-3),
        case(draw(2, 3, 4), draw(3, 4, salt=1), axis=(1, 2)),
        case(draw()),
        case(draw(0, 3)),
        case(draw(2, 3), draw(4), raises=ShapeError, match="`scale` has the sizes"),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def rms_normalization(
    x: Tensor, scale: Tensor | None = None, axis: int | Sequence[int] = -1, epsilon: float | None = None
) -> Tensor:
    """`x / sqrt(mean(x**2) + epsilon) * scale`, the mean taken over some axes.

    Floats shorter than 32 bits are computed with in 32 bits.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        scale: The sizes of these axes as shape, in the order of the axes of `x`; none by default.
        axis: The axes.
        epsilon: Added to the mean; `config.epsilon()` by default.

    Returns:
        A tensor of the shape of `x` and its dtype made floating.

    Raises:
        DTypeError: A tensor is complex.
        ShapeError: There is no such axis, or `scale` has other sizes.

    Source:
        Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019, eq. 4.

    ```python
    >>> rms_normalization([[2.0, 2.0]], epsilon=0.0).tolist()
    [[1.0, 1.0]]

    ```
    """
    axes = _over(axis, tuple(x.shape))
    if scale is not None:
        _check_weight("scale", tuple(scale.shape), tuple(x.shape), axes)
    given = dtype(x)
    name = computed_dtype(given)
    x = _as(x, name)
    power_mean = mean(square(x), axes, keepdims=True) if axes else square(x)
    result = multiply(x, rsqrt(add(power_mean, config.epsilon() if epsilon is None else epsilon)))
    if scale is not None:
        result = multiply(result, _along(_as(scale, name), len(x.shape), axes))
    return _as(result, given)


@rules.rule("float")
def _normalize_rule(x: Spec, axis: Axis = -1, order: int = 2, epsilon: Any = None) -> Spec:
    if x.shape:
        rules.canonical_axes(axis, len(x.shape))
    _check_order(order)
    return Spec(x.shape, _normalized_dtype(x))


def _check_order(order: Any) -> None:
    if not isinstance(order, int) or isinstance(order, bool) or order < 1:
        raise ArgumentError("The order of a norm is an integer from 1 on.", received=repr(order))


def _normalize_reference(x: Any, axis: Any = -1, order: int = 2, epsilon: Any = None) -> np.ndarray:
    axes = tuple(axis) if isinstance(axis, list) else axis
    x = x + 0.0
    norm = np.sum(np.abs(x) ** order, axis=axes if x.ndim else None, keepdims=True) ** (1 / order)
    return (x / np.maximum(norm, 1e-7 if epsilon is None else epsilon)).reshape(x.shape)


@composite(
    infer=_normalize_rule,
    reference=_normalize_reference,
    cases=[
        case(draw(4, 3)),
        case(draw(4, 3), axis=0),
        case(draw(2, 3, 4), axis=(0, 2)),
        case(draw(2, 3), axis=None),
        case(draw(4, 3), order=1),
        case(draw(4, 3), order=3),
        case(draw(4, 3, low=0.0, high=1e-3), epsilon=0.1),
        case([[0.0, 0.0], [3.0, 4.0]], gradient=False),
        case(draw()),
        case(draw(0, 3)),
        case(draw(2, 3), order=0, raises=ArgumentError, match="order of a norm"),
        case(draw(2, 3), order=0.5, raises=ArgumentError, match="order of a norm"),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def normalize(x: Tensor, axis: Axis = -1, order: int = 2, epsilon: float | None = None) -> Tensor:
    """`x / max(norm(x), epsilon)` with the norm `sum(abs(x)**order) ** (1 / order)` over some axes.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axes; `None` for all.
        order: The norm's order, from 1 on.
        epsilon: The least divisor; `config.epsilon()` by default.

    Returns:
        A tensor of the shape of `x` and its dtype made floating. Zeros stay zeros, and so do their gradients.

    Raises:
        ArgumentError: The order is no integer from 1 on.
        DTypeError: `x` is complex.
        ShapeError: There is no such axis.

    ```python
    >>> normalize([[0.0, 2.0]]).tolist()
    [[0.0, 1.0]]

    ```
    """
    _check_order(order)
    axes = _over(axis, tuple(x.shape))
    given = dtype(x)
    name = computed_dtype(given)
    x = _as(x, name)
    epsilon = config.epsilon() if epsilon is None else epsilon
    size = absolute(x) if order % 2 else x
    total = square(size) if order == 2 else size if order == 1 else power(size, order)
    if axes:
        total = sum(total, axes, keepdims=True)
    # Bounded before the root is taken, whose slope at 0 is infinite.
    least = max(epsilon**order, float(np.finfo(lattice.numpy_dtype(name)).tiny))
    total = maximum(total, least)
    if order == 2:
        return _as(multiply(x, rsqrt(total)), given)
    norm = total if order == 1 else power(total, 1 / order)
    return _as(divide(x, maximum(norm, epsilon)), given)
