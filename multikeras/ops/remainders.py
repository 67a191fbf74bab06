"""Remainders of C, and common divisors and multiples."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import absolute, floor_divide, mod, multiply, negative, subtract
from multikeras.ops.comparison import equal, less, not_equal, where
from multikeras.ops.conversion import dtype
from multikeras.ops.logic import logical_and
from multikeras.ops.looping import scan
from multikeras.ops.shaping import broadcast_to


@composite(
    infer=rules.broadcast(dtype=rules.no_bool),
    reference=np.fmod,
    cases=[
        case(
            draw(2, 3), draw(2, 3, low=1.0, high=3.0, salt=1), dtypes=("float32", "float64", "int32", "int8", "int64")
        ),
        case(draw(2, 1), draw(3, low=0.5, high=1.0), dtypes=("float32", "float64", "float16"), tolerance=16),
        case(draw(), 2.0, dtypes=("float32", "float64")),
        case([7, -7, 7, -7], [3, 3, -3, -3]),
        case([5.5, -5.5, 5.5, -5.5], [2.0, 2.0, -2.0, -2.0]),
        case([1.0, -1.0], [float("inf"), float("-inf")], gradient=False),
        case([True, True], [True, True]),
        case(np.array([250, 7], "uint8"), np.array([7, 3], "uint8")),
        case(draw(2, dtype="int32"), 0.75),
        case(draw(0, 2), draw(2)),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    real=True,
)
def fmod(x1: Tensor, x2: Tensor) -> Tensor:
    """Remainder of a division cut off towards zero, entry by entry: `x1 - trunc(x1 / x2) * x2`, of the sign of `x1`.

    Args:
        x1: A tensor of any real dtype.
        x2: A tensor that broadcasts with it, without zeros where it is of integers.

    Returns:
        A tensor of the common shape and dtype; int32 for bools.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> fmod([7, -7], 3).tolist()
    [1, -1]

    ```
    """
    if dtype(x1).startswith("u"):
        return mod(x1, x2)
    if lattice.is_integer(dtype(x1)):
        # The least integer has no absolute value.
        rest = mod(x1, x2)
        other_sign = not_equal(less(x1, 0), less(x2, 0))
        return where(logical_and(not_equal(rest, 0), other_sign), subtract(rest, x2), rest)
    rest = mod(absolute(x1), absolute(x2))
    return where(less(x1, 0), negative(rest), rest)


def _integers(op: str) -> Any:
    @rules.rule(cast="promote")
    def infer(x1: Spec, x2: Spec) -> Spec:
        name = rules.same(rules.common(x1, x2))
        if name not in lattice.INTEGERS:
            raise DTypeError(f"ops.{op} takes tensors of integer dtypes.", received=f"x1={x1}, x2={x2}")
        return Spec(rules.broadcast_shapes(x1.shape, x2.shape), name)

    return infer


_CASES = [
    case([12, -12, 0, 0, 7], [18, 18, 5, 0, -21]),
    case([[4], [9]], [6, 12, 5]),
    case(draw(2, 3, low=-50, high=50, dtype="int32"), draw(3, low=-50, high=50, dtype="int32", salt=1)),
    case(draw(4, low=-10, high=11, dtype="int8"), draw(4, low=-10, high=11, dtype="int8", salt=1)),
    case(draw(4, low=0, high=15, dtype="uint8"), draw(4, low=0, high=15, dtype="uint8", salt=1)),
    case(draw(4, low=0, high=9000, dtype="int64"), draw(4, low=0, high=9000, dtype="int32")),
    case(draw(dtype="int32"), 6),
    case(draw(0, 2, dtype="int32"), draw(2, dtype="int32")),
    case([1.0, 2.0], 2, raises=DTypeError, match="integer dtypes"),
    case([True, False], [True, True], raises=DTypeError, match="integer dtypes"),
    case([1, 2], [1, 2, 3], raises=ShapeError, match="broadcast"),
]

# The most steps that Euclid's algorithm takes on numbers of so many bits: those for two Fibonacci numbers.
_STEPS = {"8": 13, "16": 25, "32": 48, "64": 94}


@composite(infer=_integers("gcd"), reference=np.gcd, cases=_CASES, differentiable=False)
def gcd(x1: Tensor, x2: Tensor) -> Tensor:
    """Greatest common divisor, entry by entry, by Euclid's algorithm.

    Args:
        x1: A tensor of an integer dtype.
        x2: A tensor of an integer dtype that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype, from 0 on: `abs(x1)` where `x2` is 0.

    Raises:
        DTypeError: One is not of an integer dtype.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> gcd([12, 7], [18, 0]).tolist()
    [6, 7]

    ```
    """
    require_integers(x1, x2)
    name = dtype(x1)
    shape = rules.broadcast_shapes(tuple(x1.shape), tuple(x2.shape))
    first, second = (broadcast_to(x if name.startswith("u") else absolute(x), shape) for x in (x1, x2))

    def step(carry: Any, _: Any) -> Any:
        a, b = carry
        done = equal(b, 0)
        return (where(done, a, b), where(done, b, mod(a, where(done, 1, b)))), None

    (result, _), _ = scan(step, (first, second), length=_STEPS[name.lstrip("uint")])
    return result


def require_integers(*values: Any) -> None:
    """Raise `DTypeError` unless all tensors are of integer dtypes."""
    if not all(dtype(x) in lattice.INTEGERS for x in values):
        raise DTypeError("integers", received="")


@composite(infer=_integers("lcm"), reference=np.lcm, cases=_CASES, differentiable=False)
def lcm(x1: Tensor, x2: Tensor) -> Tensor:
    """Least common multiple, entry by entry: `abs(x1 * x2) / gcd(x1, x2)`.

    Args:
        x1: A tensor of an integer dtype.
        x2: A tensor of an integer dtype that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype, from 0 on: 0 where one of them is 0.

    Raises:
        DTypeError: One is not of an integer dtype.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> lcm([4, 7], [6, 0]).tolist()
    [12, 0]

    ```
    """
    divisor = gcd(x1, x2)
    quotient = floor_divide(x1, where(equal(divisor, 0), 1, divisor))
    product = multiply(quotient, x2)
    return product if dtype(x1).startswith("u") else absolute(product)
