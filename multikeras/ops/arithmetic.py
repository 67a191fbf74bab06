"""The four operations and what is next to them, entry by entry."""

from __future__ import annotations

import numpy as np

from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import SPECIAL, case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.comparison import equal, where


@primitive(
    infer=rules.elementwise(rules.real_part),
    reference=np.absolute,
    cases=[case(draw(2, 3)), case(SPECIAL, gradient=False), case([-3, 2]), case([True, False]), case(draw(0, 2))],
)
def absolute(x: Tensor) -> Tensor:
    """Absolute value, entry by entry: `|x|`.

    The gradient at 0 is 0. The least value of a signed integer dtype has no positive counterpart and stays as it is.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor of the shape and dtype of `x`; of the real dtype for complex ones.

    ```python
    >>> absolute([-1.5, 2.0]).tolist()
    [1.5, 2.0]

    ```
    """


abs = absolute


@primitive(
    infer=rules.broadcast(),
    reference=np.add,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(draw(0, 3), draw(3)),
        case(draw(), 2),
        case(SPECIAL, 1.0),
        case(draw(2), np.array([1, 2], "uint8")),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
)
def add(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum, entry by entry: `x1 + x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype; of bools the logical or.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> add([1.0, 2.0], 1.0).tolist()
    [2.0, 3.0]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype=rules.not_bool("subtract", "ops.logical_xor(x1, x2)")),
    reference=np.subtract,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(draw(3, 0), 1),
        case(1, draw()),
        case(np.array([1], "uint8"), np.array([2], "uint8")),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
        case([True], [False], raises=DTypeError, match="not bools"),
    ],
)
def subtract(x1: Tensor, x2: Tensor) -> Tensor:
    """Difference, entry by entry: `x1 - x2`.

    Args:
        x1: A tensor of any dtype; not both may be of bools.
        x2: A tensor that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype. Unsigned integers wrap around.

    Raises:
        ShapeError: The shapes do not broadcast.
        DTypeError: Both tensors are of bools.

    ```python
    >>> subtract([1.0, 2.0], [3.0]).tolist()
    [-2.0, -1.0]

    ```
    """


@primitive(
    infer=rules.broadcast(),
    reference=np.multiply,
    cases=[
        case(draw(2, 3), draw(2, 3, salt=1)),
        case(draw(2, 1), draw(3)),
        case(draw(0), 3),
        case(draw(2, 3), 0.5),
        case(SPECIAL, 0.0),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
)
def multiply(x1: Tensor, x2: Tensor) -> Tensor:
    """Product, entry by entry: `x1 * x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype; of bools the logical and.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> multiply([[1.0], [2.0]], [3.0, 4.0]).tolist()
    [[3.0, 4.0], [6.0, 8.0]]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype=rules.floating),
    reference=np.divide,
    cases=[
        case(draw(2, 3), draw(2, 3, low=1, high=2)),
        case(draw(2, 1), draw(3, low=1, high=2)),
        case(draw(2), 2),
        case([1.0, -1.0, 0.0, float("inf")], [0.0, 0.0, 0.0, float("inf")], gradient=False),
        case([7, -7], [2, 2]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
)
def divide(x1: Tensor, x2: Tensor) -> Tensor:
    """Quotient, entry by entry: `x1 / x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A floating tensor of the common shape: inf and nan where `x2` is 0. Integers and bools are taken as floats.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> divide([1, 3], 2).tolist()
    [0.5, 1.5]

    ```
    """


true_divide = divide


def _divide_no_nan(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    x1, x2 = np.broadcast_arrays(x1, x2)
    return np.array([0.0 if b == 0 else a / b for a, b in zip(x1.flat, x2.flat)]).reshape(x1.shape)


@composite(
    infer=rules.broadcast(dtype=rules.floating),
    reference=_divide_no_nan,
    cases=[
        case(draw(2, 3), draw(3, low=1, high=2)),
        case([1.0, 0.0, float("nan"), 4.0], [0.0, -0.0, 0.0, 2.0], gradient=False),
        case([1, 2], 0),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
)
def divide_no_nan(x1: Tensor, x2: Tensor) -> Tensor:
    """Quotient, entry by entry, which is 0 where the divisor is: `x1 / x2` or 0.

    The gradients are 0 there too.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it.

    Returns:
        A floating tensor of the common shape.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> divide_no_nan([1.0, 3.0], [0.0, 2.0]).tolist()
    [0.0, 1.5]

    ```
    """
    zero = equal(x2, 0.0)
    return where(zero, 0.0, divide(x1, where(zero, 1.0, x2)))


# Among bools drawn there are zeros, and integers have no quotient by zero.
_WITHOUT_BOOL = ("float32", "float64", "float16", "bfloat16", "int32", "int64", "int8", "uint8")


def _explain_zeros(x1: np.ndarray, x2: np.ndarray) -> None:
    if x1.dtype.kind in "biu" and x2.dtype.kind in "biu" and not x2.all():
        raise ArgumentError("Integers are not divided by 0.", received="a zero in `x2`", hint="ops.cast(x2, 'float32')")


@primitive(
    infer=rules.broadcast(dtype=rules.no_bool),
    explain=_explain_zeros,
    reference=np.floor_divide,
    cases=[
        case(draw(2, 3, low=-9, high=9), draw(3, low=1, high=3), dtypes=_WITHOUT_BOOL),
        case([7, -7, 7, -7], [2, 2, -2, -2]),
        case([7.0, -7.0, 7.5, -7.5], [2.0, 2.0, -2.0, -2.0]),
        case([True, False], [True, True]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
    real=True,
)
def floor_divide(x1: Tensor, x2: Tensor) -> Tensor:
    """Greatest whole number not above the quotient, entry by entry: `floor(x1 / x2)`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it, without zeros where it is of integers.

    Returns:
        A tensor of the common shape and dtype; int32 for bools.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> floor_divide([7, -7], 2).tolist()
    [3, -4]

    ```
    """


@primitive(
    infer=rules.broadcast(dtype=rules.no_bool),
    explain=_explain_zeros,
    reference=np.mod,
    cases=[
        case(draw(2, 3, low=-9, high=9), draw(3, low=1, high=3), dtypes=_WITHOUT_BOOL),
        case([7, -7, 7, -7], [3, 3, -3, -3]),
        case([7.0, -7.0, 7.5, -7.5], [2.0, 2.0, -2.0, -2.0], gradient=False),
        case([True, False], [True, True]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=["x1"],
    real=True,
)
def mod(x1: Tensor, x2: Tensor) -> Tensor:
    """Remainder of `floor_divide`, entry by entry: `x1 - floor(x1 / x2) * x2`. It has the sign of `x2`.

    Args:
        x1: A tensor of any dtype.
        x2: A tensor that broadcasts with it, without zeros where it is of integers.

    Returns:
        A tensor of the common shape and dtype; int32 for bools.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> mod([7, -7], 3).tolist()
    [1, 2]

    ```
    """


def _power(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    x1, x2 = np.broadcast_arrays(x1, x2)
    if x1.dtype.kind in "fc":
        # Copied, since of one exponent for all NumPy may take the root, which -inf has none of.
        return np.power(x1, np.array(x2))
    exact = [0 if b < 0 and a == 0 else int(float(a) ** float(b)) for a, b in zip(x1.flat, x2.flat)]
    return np.array(exact, x1.dtype).reshape(x1.shape)


@primitive(
    infer=rules.broadcast(dtype=rules.no_bool),
    reference=_power,
    cases=[
        case(draw(2, 3, low=0.5, high=2), draw(3)),
        case(draw(2), 2),
        case(draw(2, low=0.5, high=2), -0.5),
        case([0.0, 0.0, -1.0, -8.0, 2.0], [0.0, -1.0, 3.0, 0.5, float("-inf")], gradient=False),
        case([float("-inf"), -0.0, -2.0, 4.0], 0.5, gradient=False),
        case([float("-inf"), -0.0, -2.0, 4.0], -0.5, gradient=False),
        case([2, -3, 2, 1, -1, -1, 0], [3, 3, -1, -1, -1, -2, 0]),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
)
def power(x1: Tensor, x2: Tensor) -> Tensor:
    """Power, entry by entry: `x1 ** x2`.

    Args:
        x1: The bases, of any dtype.
        x2: The exponents: a tensor that broadcasts with `x1`.

    Returns:
        A tensor of the common shape and dtype; int32 for bools. Negative powers of integers are cut off towards zero:
        0 but for the bases 1 and -1. Broken powers of negative floats are nan.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> power([2.0, 3.0], 2).tolist(), power(2, [3, -1]).tolist()
    ([4.0, 9.0], [8, 0])

    ```
    """


@primitive(
    infer=rules.elementwise(rules.not_bool("negative", "ops.logical_not(x)")),
    reference=np.negative,
    cases=[
        case(draw(2, 3)),
        case(SPECIAL),
        case(draw()),
        case(np.array([1, 0], "uint8")),
        case([True], raises=DTypeError, match="not bools"),
    ],
)
def negative(x: Tensor) -> Tensor:
    """Negation, entry by entry: `-x`.

    Args:
        x: A tensor of any shape and any dtype but bool.

    Returns:
        A tensor of the shape and dtype of `x`. Unsigned integers wrap around.

    Raises:
        DTypeError: `x` is of bools.

    ```python
    >>> negative([1.0, -2.0]).tolist()
    [-1.0, 2.0]

    ```
    """


@composite(
    infer=rules.elementwise(rules.no_bool),
    reference=np.square,
    cases=[case(draw(2, 3)), case(SPECIAL), case(draw()), case([True, False])],
)
def square(x: Tensor) -> Tensor:
    """Square, entry by entry: `x * x`.

    Args:
        x: A tensor of any shape and dtype.

    Returns:
        A tensor of the shape and dtype of `x`; int32 for bools.

    ```python
    >>> square([-2.0, 3.0]).tolist()
    [4.0, 9.0]

    ```
    """
    return multiply(x, x)


@composite(
    infer=rules.elementwise(rules.floating),
    reference=lambda x: 1.0 / x,
    cases=[case(draw(2, 3, low=0.5, high=2)), case(SPECIAL, gradient=False), case([2, -4])],
)
def reciprocal(x: Tensor) -> Tensor:
    """Reciprocal, entry by entry: `1 / x`.

    Args:
        x: A tensor of any shape and dtype; integers are taken as floats.

    Returns:
        A floating tensor of the shape of `x`.

    ```python
    >>> reciprocal([2.0, -4.0]).tolist()
    [0.5, -0.25]

    ```
    """
    return divide(1.0, x)
