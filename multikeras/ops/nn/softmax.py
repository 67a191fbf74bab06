"""Softmax, what belongs to it, and its sparse relative."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Axis, Tensor
from multikeras.ops.arithmetic import add, divide, multiply, negative, subtract
from multikeras.ops.comparison import greater, where
from multikeras.ops.conversion import cast, dtype, stop_gradient
from multikeras.ops.creation import ones_like
from multikeras.ops.cumulative import cumsum
from multikeras.ops.exponential import exp, log
from multikeras.ops.finiteness import isfinite
from multikeras.ops.nn.rectifier import relu
from multikeras.ops.reduction import max, sum


@rules.rule(cast="float")
def _along_axes(x: Spec, axis: Any = -1) -> Spec:
    rules.canonical_axes(axis, len(x.shape))
    return Spec(x.shape, rules.floating(x.dtype))


def _softmax(x: np.ndarray, axis: Any = -1) -> np.ndarray:
    weights = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return weights / np.sum(weights, axis=axis, keepdims=True)


def _log_softmax(x: np.ndarray, axis: Any = -1) -> np.ndarray:
    return x - np.logaddexp.reduce(x, axis=axis, keepdims=True)


_CASES = [
    case(draw(2, 3)),
    case(draw(2, 3), axis=0),
    case(draw(2, 3, 4), axis=-2),
    case(draw(2, 3, 4), axis=(0, -1)),
    case(draw(2, 3), axis=None),
    case(draw(2, 1)),
    case(draw(0, 3)),
    case(draw(2, 0)),
    case(draw(4, low=-1e4, high=1e4), dtypes=("float32", "float64")),
    case([1.0, float("-inf"), 2.0], gradient=False),
    case([1.0, float("nan"), 2.0], gradient=False),
    case([1, 2, 4]),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    case(draw(), raises=ShapeError, match="0 axes"),
]


@composite(infer=_along_axes, reference=_softmax, cases=_CASES, real=True)
def softmax(x: Tensor, axis: Axis = -1) -> Tensor:
    """Exponentials that add up to 1 along axes: `e ** x / sum(e ** x)`.

    Args:
        x: A tensor of any dtype; integers are taken as floats.
        axis: The axis or axes; `None` for all.

    Returns:
        A floating tensor of the shape of `x`, in [0, 1].

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> softmax([[0.0, 0.0], [1000.0, 0.0]]).tolist()
    [[0.5, 0.5], [1.0, 0.0]]

    ```
    """
    weights = exp(subtract(x, stop_gradient(max(x, axis, True, float("-inf")))))
    return divide(weights, sum(weights, axis, True))


@composite(infer=_along_axes, reference=_log_softmax, cases=_CASES, real=True)
def log_softmax(x: Tensor, axis: Axis = -1) -> Tensor:
    """Logarithm of the softmax: `x - ln(sum(e ** x))`, without overflow.

    Args:
        x: A tensor of any dtype; integers are taken as floats.
        axis: The axis or axes; `None` for all.

    Returns:
        A floating tensor of the shape of `x`, at most 0.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> log_softmax([1000.0, 0.0]).tolist()
    [0.0, -1000.0]

    ```
    """
    shifted = subtract(x, stop_gradient(max(x, axis, True, float("-inf"))))
    return subtract(shifted, log(sum(exp(shifted), axis, True)))


@composite(
    infer=rules.reduce(rules.floating),
    reference=lambda x, axis=None, keepdims=False: np.logaddexp.reduce(
        x, axis=tuple(range(x.ndim)) if axis is None else axis, keepdims=keepdims
    ),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), axis=1),
        case(draw(2, 3, 4), axis=(0, -1), keepdims=True),
        case(draw()),
        case(draw(4, low=-1e4, high=1e4), dtypes=("float32", "float64")),
        case([float("-inf"), float("-inf")], gradient=False),
        case([float("inf"), 1.0, float("-inf")], gradient=False),
        case([float("nan"), 1.0], gradient=False),
        case(draw(0, 3), axis=0),
        case([1, 2, 4]),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def logsumexp(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Logarithm of the sum of exponentials over axes: `ln(sum(e ** x))`, without overflow.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; -inf over no entries.

    Raises:
        ShapeError: There is no such axis, or one is named twice.

    ```python
    >>> logsumexp([1000.0, float("-inf")]).tolist()
    1000.0

    ```
    """
    peak = stop_gradient(max(x, axis, True, float("-inf")))
    # Infinities would be subtracted from each other.
    peak = where(isfinite(peak), peak, 0.0)
    total = log(sum(exp(subtract(x, peak)), axis, keepdims))
    return add(total, peak if keepdims else sum(peak, axis))


def _sparsemax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """The projection onto the simplex, found by bisection of the threshold."""
    x = np.moveaxis(np.array(x), axis, -1)
    result = np.zeros_like(x)
    for row in np.ndindex(*x.shape[:-1]):
        low, high = x[row].max() - 1, x[row].max()
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if np.maximum(x[row] - middle, 0).sum() > 1 else (low, middle)
        result[row] = np.maximum(x[row] - low, 0)
    return np.moveaxis(result, -1, axis)


@rules.rule(cast="float")
def _sparsemax_rule(x: Spec, axis: Any = -1) -> Spec:
    if isinstance(axis, (tuple, list)):
        raise ArgumentError("`axis` is an integer.", received=repr(axis))
    rules.canonical_axis(axis, len(x.shape))
    return Spec(x.shape, rules.floating(x.dtype))


@composite(
    infer=_sparsemax_rule,
    reference=_sparsemax,
    cases=[
        case(draw(2, 5)),
        case(draw(3, 2), axis=0),
        case(draw(2, 3, 4), axis=-2),
        case([0.1, 0.2, 0.15]),
        case([2.0, 0.0, -1.0]),
        case([1, 1, 4]),
        case(draw(), axis=None, raises=ArgumentError, match="an integer"),
        case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def sparsemax(x: Tensor, axis: int = -1) -> Tensor:
    """The point of the probability simplex nearest to `x`: `max(x - tau, 0)`, the sum along an axis being 1.

    Unlike those of softmax, small probabilities are exactly 0.

    Args:
        x: A tensor of any dtype; integers are taken as floats.
        axis: The axis.

    Returns:
        A floating tensor of the shape of `x`, in [0, 1].

    Raises:
        ShapeError: There is no such axis.

    Source:
        A. F. T. Martins and R. F. Astudillo, "From softmax to sparsemax", ICML 2016, algorithm 1.

    ```python
    >>> sparsemax([0.5, 0.25, -3.0]).tolist()
    [0.625, 0.375, 0.0]

    ```
    """
    from multikeras import ops

    axis = rules.canonical_axis(axis, len(x.shape))
    descending = negative(ops.sort(negative(x), axis))
    count = cumsum(ones_like(x), axis)
    total = subtract(cumsum(descending, axis), 1.0)
    inside = greater(multiply(count, descending), total)
    size = sum(cast(inside, dtype(x)), axis, True)
    chosen = sum(where(inside, descending, 0.0), axis, True)
    return relu(subtract(x, divide(subtract(chosen, 1.0), size)))
