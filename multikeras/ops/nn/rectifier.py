"""Rectifiers and shrinkages: activations that are straight lines, or nearly, on either side of 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.arithmetic import absolute, divide, multiply, subtract
from multikeras.ops.comparison import greater, greater_equal, less, where
from multikeras.ops.conversion import dtype
from multikeras.ops.exponential import expm1
from multikeras.ops.rounding import clip


def _relu(x: np.ndarray) -> np.ndarray:
    result = np.array(x)
    result[result < 0] = 0
    return result


@primitive(
    infer=rules.elementwise(rules.no_bool),
    reference=_relu,
    cases=[
        case(draw(2, 3)),
        case(SPECIAL, gradient=False),
        case([3, -3]),
        case([True, False]),
        case(draw(0, 3)),
        case(draw()),
    ],
    real=True,
)
def relu(x: Tensor) -> Tensor:
    """Rectified linear unit, entry by entry: `max(x, 0)`.

    The gradient at 0 is 0.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor of the shape and dtype of `x`; int32 for bools.

    Source:
        V. Nair and G. E. Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.

    ```python
    >>> relu([-1.0, 0.0, 2.0]).tolist()
    [0.0, 0.0, 2.0]

    ```
    """


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: np.minimum(_relu(x), 6),
    cases=[
        case(draw(2, 3, low=-10, high=10)),
        case(SPECIAL, gradient=False),
        case([3, -3, 9]),
    ],
    real=True,
)
def relu6(x: Tensor) -> Tensor:
    """Rectified linear unit, at most 6, entry by entry: `min(max(x, 0), 6)`.

    The gradient is 0 at both kinks.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`, in [0, 6].

    Source:
        A. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.

    ```python
    >>> relu6([-1.0, 3.0, 8.0]).tolist()
    [0.0, 3.0, 6.0]

    ```
    """
    return where(greater_equal(x, 6.0), 6.0, relu(x))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x, negative_slope=0.2: np.where(x >= 0, x, negative_slope * x),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), negative_slope=0.0),
        case(draw(3), 0.5),
        case(SPECIAL, gradient=False),
        case([3, -3]),
    ],
    real=True,
)
def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """Rectifier that leaks, entry by entry: `x if x >= 0 else negative_slope * x`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        negative_slope: Factor of negative entries.

    Returns:
        A floating tensor of the shape of `x`.

    Source:
        A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    ```python
    >>> leaky_relu([-1.0, 2.0], 0.5).tolist()
    [-0.5, 2.0]

    ```
    """
    return where(greater_equal(x, 0.0), x, multiply(x, negative_slope))


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), alpha=0.5),
        case(draw(4, low=-30, high=30)),
        case(SPECIAL, gradient=False),
        case([3, -3]),
    ],
    real=True,
)
def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit, entry by entry: `x if x > 0 else alpha * (e ** x - 1)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        alpha: Minus the limit for large negative `x`.

    Returns:
        A floating tensor of the shape of `x`.

    Source:
        D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network learning by exponential linear
        units (ELUs)", 2015.

    ```python
    >>> elu([0.0, 2.0]).tolist()
    [0.0, 2.0]

    ```
    """
    positive = greater(x, 0.0)
    return where(positive, x, multiply(expm1(where(positive, 0.0, x)), alpha))


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
"""The constants for which activations of mean 0 and variance 1 keep them: Klambauer et al., eq. 14."""


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    cases=[
        case(draw(2, 3)),
        case(SPECIAL, gradient=False),
        case([3, -3]),
    ],
    real=True,
)
def selu(x: Tensor) -> Tensor:
    """Scaled exponential linear unit, entry by entry: `scale * elu(x, alpha)`.

    With alpha = 1.6733 and scale = 1.0507, for which mean 0 and variance 1 are a fixed point.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    Source:
        G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-normalizing neural networks", 2017, eq. 2.

    ```python
    >>> selu([0.0]).tolist()
    [0.0]

    ```
    """
    return multiply(elu(x, SELU_ALPHA), SELU_SCALE)


@rules.rule("float")
def _celu_rule(x: Spec, alpha: float = 1.0) -> Spec:
    rules.require_number("alpha", alpha)
    if isinstance(alpha, (int, float)) and not alpha:
        raise ArgumentError("`alpha` is not 0.", received=f"alpha={alpha}")
    return Spec(x.shape, rules.floating(x.dtype))


_celu_rule.elementwise = 1  # type: ignore[attr-defined]


@composite(
    infer=_celu_rule,
    reference=lambda x, alpha=1.0: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), alpha=0.5),
        case(draw(4, low=-30, high=30)),
        case(SPECIAL, gradient=False),
        case([3, -3]),
    ],
    real=True,
)
def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit with a continuous derivative: `max(x, 0) + min(alpha * (e ** (x / alpha) - 1), 0)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        alpha: Minus the limit for large negative `x`; not 0.

    Returns:
        A floating tensor of the shape of `x`.

    Source:
        J. T. Barron, "Continuously differentiable exponential linear units", 2017.

    ```python
    >>> celu([0.0, 2.0]).tolist()
    [0.0, 2.0]

    ```
    """
    positive = greater(x, 0.0)
    return where(positive, x, multiply(expm1(divide(where(positive, 0.0, x), alpha)), alpha))


@composite(
    infer=rules.elementwise(rules.no_bool),
    reference=lambda x: np.clip(x.astype("float64"), -1, 1),
    cases=[
        case(draw(2, 3)),
        case([1.0, -1.0], gradient=False),
        case(SPECIAL, gradient=False),
        case([3, -3, 0]),
    ],
    real=True,
)
def hard_tanh(x: Tensor) -> Tensor:
    """`x` held between -1 and 1, entry by entry: `max(-1, min(1, x))`.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor of the shape and dtype of `x`; int32 for bools.

    ```python
    >>> hard_tanh([-2.0, 0.5, 2.0]).tolist()
    [-1.0, 0.5, 1.0]

    ```
    """
    above = where(greater(x, 1), 1, x)
    return above if dtype(x).startswith("uint") else where(less(x, -1), -1, above)


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x, threshold=0.5: np.where(np.abs(x) > threshold, x, 0),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), threshold=1.0),
        case(SPECIAL, gradient=False),
        case([0.5, -0.5], gradient=False),
        case([3, 0]),
    ],
    real=True,
)
def hard_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """`x` without what is near 0, entry by entry: `x if |x| > threshold else 0`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        threshold: The largest size that becomes 0.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> hard_shrink([-0.3, 0.7]).tolist()
    [0.0, 0.699999988079071]

    ```
    """
    return where(greater(absolute(x), threshold), x, 0.0)


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x, threshold=0.5: np.sign(x) * np.maximum(np.abs(x) - threshold, 0),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3), threshold=1.0),
        case([0.0, float("inf"), float("-inf")]),
        case([0.5, -0.5], gradient=False),
        case([3, 0, -3]),
    ],
    real=True,
)
def soft_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """`x` drawn towards 0, entry by entry: `sign(x) * max(|x| - threshold, 0)`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.
        threshold: By how much; smaller entries become 0.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> soft_shrink([-1.5, 0.25, 1.0]).tolist()
    [-1.0, 0.0, 0.5]

    ```
    """
    # What is cut off, nan too.
    return subtract(x, clip(x, -threshold, threshold))


@rules.rule()
def _threshold_rule(x: Spec, threshold: Any, default_value: Any) -> Spec:
    return Spec(x.shape, lattice.strong(rules.common(x, argument_spec(default_value, None))))


@composite(
    infer=_threshold_rule,
    reference=lambda x, threshold, default_value: np.where(x > threshold, x, default_value),
    cases=[
        case(draw(2, 3), 0.5, 3.0),
        case(draw(2, 3), -1.0, 0),
        case([0.5, 1.0], 0.5, 2.0, gradient=False),
        case(SPECIAL, 0.0, 7.0, gradient=False),
        case([3, -3], 1, 2),
        case([3, -3], 1, 2.5),
    ],
    real=True,
)
def threshold(x: Tensor, threshold: float, default_value: float) -> Tensor:
    """`x` where it is above a threshold, entry by entry: `x if x > threshold else default_value`.

    Args:
        x: A tensor of any shape and dtype.
        threshold: Entries up to this are replaced.
        default_value: What takes their place.

    Returns:
        A tensor of the shape of `x`, of the common dtype of `x` and `default_value`.

    ```python
    >>> threshold([-1.0, 2.0], 0.0, 5.0).tolist()
    [5.0, 2.0]

    ```
    """
    return where(greater(x, threshold), x, default_value)
