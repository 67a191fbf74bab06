"""Activations made of the sigmoid and the hyperbolic tangent, and their straight-lined kin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import absolute, add, divide, multiply, negative, square, subtract
from multikeras.ops.comparison import greater_equal, less_equal, where
from multikeras.ops.error_function import erfc
from multikeras.ops.joining import split
from multikeras.ops.nn.rectifier import relu6
from multikeras.ops.nn.softplus import softplus
from multikeras.ops.trigonometry import tanh


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x)) if np.iscomplexobj(x) else np.exp(-np.logaddexp(0, -x))


@primitive(
    infer=rules.elementwise(rules.floating),
    reference=_sigmoid,
    cases=[
        case(draw(2, 3)),
        case(draw(4, low=-50, high=50)),
        case(SPECIAL, gradient=False),
        case([3, -3]),
        case(draw(3, dtype="complex64")),
        case(draw()),
        case(draw(0)),
    ],
)
def sigmoid(x: Tensor) -> Tensor:
    """Logistic function, entry by entry: `1 / (1 + e ** -x)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [0, 1].

    ```python
    >>> sigmoid([0.0]).tolist()
    [0.5]

    ```
    """


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: -np.logaddexp(0, -x),
    cases=[
        case(draw(2, 3)),
        case(draw(4, low=-50, high=50)),
        case(SPECIAL, gradient=False),
        case([3, -3]),
    ],
    real=True,
)
def log_sigmoid(x: Tensor) -> Tensor:
    """Logarithm of the logistic function, entry by entry: `-ln(1 + e ** -x)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, at most 0.

    ```python
    >>> log_sigmoid([float("inf"), -200.0]).tolist()
    [-0.0, -200.0]

    ```
    """
    return negative(softplus(negative(x)))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: x * _sigmoid(x),
    cases=[
        case(draw(2, 3)),
        case(draw(4, low=-30, high=30)),
        case([0.0, -0.0, float("nan")], gradient=False),
        case(draw(3, dtype="complex64")),
        case([3, -3]),
    ],
)
def silu(x: Tensor) -> Tensor:
    """Sigmoid linear unit, also known as swish, entry by entry: `x * sigmoid(x)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    Source:
        P. Ramachandran, B. Zoph and Q. V. Le, "Searching for activation functions", 2017.

    ```python
    >>> silu([0.0, 40.0]).tolist()
    [0.0, 40.0]

    ```
    """
    return multiply(x, sigmoid(x))


swish = silu


def _gelu(x: np.ndarray, approximate: bool = True) -> np.ndarray:
    if approximate:
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return np.array([0.5 * v * math.erfc(-v / math.sqrt(2)) for v in x.flat]).reshape(x.shape)


@composite(
    infer=rules.elementwise(rules.floating),
    reference=_gelu,
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), approximate=False),
        case(draw(4, low=-10, high=10), approximate=False, dtypes=("float32", "float64")),
        case(draw(4, low=-10, high=10), dtypes=("float32", "float64")),
        case([0.0, -0.0, float("nan")], gradient=False),
        case([3, -3], approximate=False),
    ],
    real=True,
)
def gelu(x: Tensor, approximate: bool = True) -> Tensor:
    """Gaussian error linear unit, entry by entry: `x * P(X <= x)`.

    `P(X <= x) = erfc(-x / sqrt(2)) / 2` is the distribution function of the standard normal distribution; the
    approximation is `(1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        approximate: Whether the approximation is used.

    Returns:
        A floating tensor of the shape of `x`.

    Source:
        D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016, section 2.

    ```python
    >>> gelu([0.0, 10.0]).tolist()
    [0.0, 10.0]

    ```
    """
    if approximate:
        inner = multiply(add(x, multiply(multiply(square(x), x), 0.044715)), math.sqrt(2 / math.pi))
        return multiply(multiply(x, 0.5), add(tanh(inner), 1.0))
    return multiply(multiply(x, 0.5), erfc(multiply(x, -math.sqrt(0.5))))


@rules.rule(cast="float")
def _glu_rule(x: Spec, axis: Any = -1) -> Spec:
    place = rules.canonical_axis(axis, len(x.shape))
    size = x.shape[place]
    if size is not None and size % 2:
        raise ShapeError("ops.glu halves an axis of even size.", received=f"x={x}, axis={axis}")
    half = None if size is None else size // 2
    return Spec((*x.shape[:place], half, *x.shape[place + 1 :]), rules.floating(x.dtype))


def _glu(x: np.ndarray, axis: int = -1) -> np.ndarray:
    a, b = np.split(x, 2, axis)
    return a * _sigmoid(b)


@composite(
    infer=_glu_rule,
    reference=_glu,
    cases=[
        case(draw(2, 4)),
        case(draw(4, 3), axis=0),
        case(draw(2, 6, 3), axis=-2),
        case([1, 2, 3, -4]),
        case(draw(2, 3), raises=ShapeError, match="even"),
        case(draw(2, 4), axis=2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def glu(x: Tensor, axis: int = -1) -> Tensor:
    """Gated linear unit: `a * sigmoid(b)`, `a` and `b` being the halves of `x` along an axis.

    Args:
        x: A tensor of any dtype with an even size along the axis; integers are taken as floats.
        axis: The axis that is halved.

    Returns:
        A floating tensor of the shape of `x`, half as long along the axis.

    Raises:
        ShapeError: There is no such axis, or its size is odd.

    Source:
        Y. N. Dauphin, A. Fan, M. Auli and D. Grangier, "Language modeling with gated convolutional networks", 2016.

    ```python
    >>> glu([3.0, 0.0]).tolist()
    [1.5]

    ```
    """
    first, second = split(x, 2, axis)
    return multiply(first, sigmoid(second))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: np.minimum(np.maximum(x + 3, 0), 6) / 6,
    cases=[
        case(draw(2, 3, low=-5, high=5)),
        case(SPECIAL, gradient=False),
        case([3, -3, 0], gradient=False),
    ],
    real=True,
)
def hard_sigmoid(x: Tensor) -> Tensor:
    """Sigmoid of straight lines, entry by entry: `min(max(x + 3, 0), 6) / 6`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [0, 1].

    ```python
    >>> hard_sigmoid([-4.0, 0.0, 4.0]).tolist()
    [0.0, 0.5, 1.0]

    ```
    """
    return divide(relu6(add(x, 3.0)), 6.0)


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: x * (np.minimum(np.maximum(x + 3, 0), 6) / 6),
    cases=[
        case(draw(2, 3, low=-5, high=5)),
        case([0.0, -0.0, float("nan")], gradient=False),
        case([3, -3, 0], gradient=False),
    ],
    real=True,
)
def hard_silu(x: Tensor) -> Tensor:
    """Sigmoid linear unit of straight lines, also known as hard swish, entry by entry: `x * hard_sigmoid(x)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    Source:
        A. Howard et al., "Searching for MobileNetV3", 2019, section 5.2.

    ```python
    >>> hard_silu([-4.0, 0.0, 4.0]).tolist()
    [-0.0, 0.0, 4.0]

    ```
    """
    return multiply(x, hard_sigmoid(x))


hard_swish = hard_silu


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: np.clip((x + 1) / 2, 0, 1),
    cases=[
        case(draw(2, 3)),
        case(SPECIAL, gradient=False),
        case([1, -1, 0], gradient=False),
    ],
    real=True,
)
def sparse_sigmoid(x: Tensor) -> Tensor:
    """Derivative of `sparse_plus`, entry by entry: `0 if x <= -1, 1 if x >= 1, (x + 1) / 2 between`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [0, 1].

    Source:
        A. F. T. Martins and R. F. Astudillo, "From softmax to sparsemax", ICML 2016.

    ```python
    >>> sparse_sigmoid([-2.0, 0.0, 2.0]).tolist()
    [0.0, 0.5, 1.0]

    ```
    """
    middle = multiply(add(x, 1.0), 0.5)
    return where(less_equal(x, -1.0), 0.0, where(greater_equal(x, 1.0), 1.0, middle))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: x / (1 + np.abs(x)),
    cases=[
        case(draw(2, 3)),
        case([0.0, -0.0, float("nan")]),
        case([3, -3]),
    ],
    real=True,
)
def softsign(x: Tensor) -> Tensor:
    """Sigmoid of simple fractions, entry by entry: `x / (1 + |x|)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [-1, 1].

    ```python
    >>> softsign([-1.0, 3.0]).tolist()
    [-0.5, 0.75]

    ```
    """
    return divide(x, add(absolute(x), 1.0))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: x - np.tanh(x),
    cases=[
        case(draw(2, 3)),
        case(SPECIAL, gradient=False),
        case([3, -3]),
    ],
)
def tanh_shrink(x: Tensor) -> Tensor:
    """`x` without its hyperbolic tangent, entry by entry: `x - tanh(x)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> tanh_shrink([0.0]).tolist()
    [0.0]

    ```
    """
    return subtract(x, tanh(x))
