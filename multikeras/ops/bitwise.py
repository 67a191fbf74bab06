"""Operations on the bits of integers, entry by entry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor

_DTYPES = ("int32", "int8", "uint8", "bool", "int64", "int16", "uint16", "uint32", "uint64")


def _bits(op: str, dtype: Callable[[str], str] = rules.same) -> Callable:
    """The rule of two broadcasting tensors of integers or bools."""

    @rules.rule(cast="promote" if dtype is rules.same else "number")
    def infer(x: Spec, y: Spec) -> Spec:
        rules.require("x", x, lattice.INTEGERS | lattice.BOOL, "an integer dtype or bool", op)
        rules.require("y", y, lattice.INTEGERS | lattice.BOOL, "an integer dtype or bool", op)
        return Spec(rules.broadcast_shapes(x.shape, y.shape), dtype(rules.common(x, y)))

    return infer


@primitive(
    infer=_bits("bitwise_and"),
    reference=np.bitwise_and,
    cases=[
        case(draw(2, 3, low=0, high=100), draw(3, low=0, high=100), dtypes=_DTYPES),
        case([12, -1, 0], [10, 7, 5]),
        case([True, False], [True, True]),
        case([6, 5], 3),
        case([1, 2], [1, 2, 3], raises=ShapeError, match="broadcast"),
        case([1.0], [1], raises=DTypeError, match="integer dtype"),
    ],
    differentiable=False,
)
def bitwise_and(x: Tensor, y: Tensor) -> Tensor:
    """Bits that are set in both, entry by entry: `x & y`.

    Args:
        x: A tensor of integers or bools.
        y: Another that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype.

    Raises:
        DTypeError: One of the two is of floats.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> bitwise_and([12, 5], 6).tolist()
    [4, 4]

    ```
    """


@primitive(
    infer=_bits("bitwise_or"),
    reference=np.bitwise_or,
    cases=[
        case(draw(2, 3, low=0, high=100), draw(3, low=0, high=100), dtypes=_DTYPES),
        case([12, -1, 0], [10, 7, 5]),
        case([True, False], [False, False]),
        case([1, 2], [1, 2, 3], raises=ShapeError, match="broadcast"),
        case([1.0], [1], raises=DTypeError, match="integer dtype"),
    ],
    differentiable=False,
)
def bitwise_or(x: Tensor, y: Tensor) -> Tensor:
    """Bits that are set in one or both, entry by entry: `x | y`.

    Args:
        x: A tensor of integers or bools.
        y: Another that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype.

    Raises:
        DTypeError: One of the two is of floats.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> bitwise_or([12, 5], 6).tolist()
    [14, 7]

    ```
    """


@primitive(
    infer=_bits("bitwise_xor"),
    reference=np.bitwise_xor,
    cases=[
        case(draw(2, 3, low=0, high=100), draw(3, low=0, high=100), dtypes=_DTYPES),
        case([12, -1, 0], [10, 7, 5]),
        case([True, False], [True, True]),
        case([1, 2], [1, 2, 3], raises=ShapeError, match="broadcast"),
        case([1.0], [1], raises=DTypeError, match="integer dtype"),
    ],
    differentiable=False,
)
def bitwise_xor(x: Tensor, y: Tensor) -> Tensor:
    """Bits that are set in exactly one, entry by entry: `x ^ y`.

    Args:
        x: A tensor of integers or bools.
        y: Another that broadcasts with it.

    Returns:
        A tensor of the common shape and dtype.

    Raises:
        DTypeError: One of the two is of floats.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> bitwise_xor([12, 5], 6).tolist()
    [10, 3]

    ```
    """


@rules.rule()
def _not_rule(x: Spec) -> Spec:
    rules.require("x", x, lattice.INTEGERS | lattice.BOOL, "an integer dtype or bool", "bitwise_not")
    return Spec(x.shape, lattice.strong(x.dtype))


@primitive(
    infer=_not_rule,
    reference=np.bitwise_not,
    cases=[
        case(draw(2, 3, low=0, high=100), dtypes=_DTYPES),
        case([12, -1, 0]),
        case([True, False]),
        case([1.0], raises=DTypeError, match="integer dtype"),
    ],
    differentiable=False,
)
def bitwise_not(x: Tensor) -> Tensor:
    """Every bit turned over, entry by entry: `~x`, which is `-x - 1` for signed integers.

    Args:
        x: A tensor of integers or bools.

    Returns:
        A tensor of the shape and dtype of `x`; the logical not of bools.

    Raises:
        DTypeError: `x` is of floats.

    ```python
    >>> bitwise_not([0, 5]).tolist()
    [-1, -6]

    ```
    """


bitwise_invert = bitwise_not


@primitive(
    infer=_bits("bitwise_left_shift", rules.no_bool),
    reference=np.left_shift,
    cases=[
        case(draw(2, 3, low=0, high=7), draw(3, low=0, high=3), dtypes=_DTYPES),
        case([12, -1, 0], [2, 3, 5]),
        case([3, 5], 1),
        case([1, 2], [1, 2, 3], raises=ShapeError, match="broadcast"),
        case([1.0], [1], raises=DTypeError, match="integer dtype"),
    ],
    differentiable=False,
)
def bitwise_left_shift(x: Tensor, y: Tensor) -> Tensor:
    """Bits moved towards the higher ones, entry by entry: `x << y`, which is `x * 2 ** y`.

    Args:
        x: A tensor of integers or bools.
        y: By how many places: from 0 to less than the number of bits; broadcasts with `x`.

    Returns:
        A tensor of the common shape and dtype; int32 for bools.

    Raises:
        DTypeError: One of the two is of floats.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> bitwise_left_shift([1, 3], 2).tolist()
    [4, 12]

    ```
    """


left_shift = bitwise_left_shift


@primitive(
    infer=_bits("bitwise_right_shift", rules.no_bool),
    reference=np.right_shift,
    cases=[
        case(draw(2, 3, low=0, high=100), draw(3, low=0, high=3), dtypes=_DTYPES),
        case([12, -1, -8], [2, 3, 1]),
        case([3, 5], 1),
        case([1, 2], [1, 2, 3], raises=ShapeError, match="broadcast"),
        case([1.0], [1], raises=DTypeError, match="integer dtype"),
    ],
    differentiable=False,
)
def bitwise_right_shift(x: Tensor, y: Tensor) -> Tensor:
    """Bits moved towards the lower ones, entry by entry: `x >> y`, which is `floor(x / 2 ** y)`.

    Args:
        x: A tensor of integers or bools.
        y: By how many places: from 0 to less than the number of bits; broadcasts with `x`.

    Returns:
        A tensor of the common shape and dtype; int32 for bools. Negative numbers stay negative.

    Raises:
        DTypeError: One of the two is of floats.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> bitwise_right_shift([8, -8], 2).tolist()
    [2, -2]

    ```
    """


right_shift = bitwise_right_shift
