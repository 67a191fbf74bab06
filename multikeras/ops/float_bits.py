"""The bits of numbers: seen as another dtype, and what floats are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import DType, Tensor
from multikeras.ops.arithmetic import add, multiply, subtract
from multikeras.ops.bitwise import left_shift
from multikeras.ops.comparison import equal, greater, less, where
from multikeras.ops.conversion import cast, convert_to_numpy, convert_to_tensor, dtype
from multikeras.ops.creation import full, zeros_like
from multikeras.ops.finiteness import isnan
from multikeras.ops.logic import logical_or
from multikeras.ops.rounding import clip

_SIGNED = {1: "int8", 2: "int16", 4: "int32", 8: "int64"}


def _bytes(name: str) -> int:
    return lattice.numpy_dtype(name).itemsize


def viewed_shape(shape: tuple[Any, ...], old: str, new: str) -> tuple[Any, ...]:
    """The shape of a tensor whose bits are seen as another dtype.

    Raises:
        DTypeError: One of the dtypes is bool, of which one bit counts.
        ShapeError: There is no last axis that could change its size, or it does not hold whole numbers.
    """
    if "bool" in (old, new) and old != new:
        raise DTypeError("Bools are not seen as bits.", received=f"{old} as {new}", hint=f"ops.cast(x, {new!r})")
    before, after = _bytes(old), _bytes(new)
    if before == after:
        return shape
    if not shape or (shape[-1] is not None and shape[-1] * before % after):
        raise ShapeError(
            "The last axis holds a whole number of entries of the new dtype.",
            received=f"shape {shape}, {old} of {before} bytes as {new} of {after}",
        )
    return (*shape[:-1], None if shape[-1] is None else shape[-1] * before // after)


@rules.rule()
def _view_rule(x: Spec, dtype: Any = None) -> Spec:
    old = rules.same(x.dtype)
    new = old if dtype is None else lattice.standardize(dtype)
    return Spec(viewed_shape(x.shape, old, new), new)


@composite(
    infer=_view_rule,
    reference=lambda x, dtype=None: x if dtype is None else x.view(dtype),
    cases=[
        case(draw(2, 3)),
        case(draw(2, 3, dtype="int32"), "uint32"),
        case(np.array([[1, 256], [-1, 0]], "int32"), "int8"),
        case(np.array([[1, 2, 3, 4], [0, 0, 1, 0]], "uint8"), "int16"),
        case(np.array([1, 2, 3, 4], "uint8"), "int32"),
        case(np.array([1065353216, -1082130432, 0], "int32"), "float32"),
        case(np.array(7, "int16"), "uint16"),
        case(np.zeros((0, 2), "int32"), "int16"),
        case(np.array([1, 2], "int64"), "int32"),
        case(draw(2, 3, dtype="bool")),
        case(draw(2, dtype="bool"), "int8", raises=DTypeError, match="not seen as bits"),
        case(draw(dtype="int32"), "int8", raises=ShapeError, match="whole number"),
        case(draw(3, dtype="int8"), "int16", raises=ShapeError, match="whole number"),
        case(draw(3, dtype="int8"), "no_such_dtype", raises=DTypeError, match="A dtype is one of"),
    ],
    differentiable=False,
)
def view(x: Tensor, dtype: DType = None) -> Tensor:
    """The bits of `x` taken for another dtype, lowest bytes first.

    Where the dtypes are of different sizes, the last axis holds more or fewer entries.

    Args:
        x: A tensor of any shape and dtype.
        dtype: The result's dtype; by default that of `x`.

    Returns:
        A tensor of that dtype.

    Raises:
        DTypeError: Not a dtype, or a cast from or to bool is meant.
        ShapeError: The last axis does not hold a whole number of entries of the new dtype.

    ```python
    >>> view(np.array([1.0, -0.0], "float32"), "int32").tolist()
    [1065353216, -2147483648]

    ```
    """
    old = argument_dtype(x)
    new = old if dtype is None else lattice.standardize(dtype)
    viewed_shape(tuple(x.shape), old, new)
    if old == new:
        return x
    return convert_to_tensor(convert_to_numpy(x).copy().view(lattice.numpy_dtype(new)))


def argument_dtype(x: Any) -> str:
    """What `dtype` is, where an argument has its name."""
    return dtype(x)


@composite(
    infer=rules.elementwise("bool"),
    reference=np.signbit,
    cases=[
        case([0.0, -0.0, float("inf"), float("-inf")]),
        case(draw(2, 3)),
        case(draw()),
        case([-1, 0, 2]),
        case([True, False]),
        case(np.array([1, 255], "uint8")),
        case(draw(0, 2)),
    ],
    differentiable=False,
    real=True,
)
def signbit(x: Tensor) -> Tensor:
    """Whether the sign is minus, entry by entry: true for -0 too.

    Args:
        x: A tensor of any shape and real dtype.

    Returns:
        A bool tensor of the shape of `x`.

    Raises:
        DTypeError: `x` is complex.

    ```python
    >>> signbit([-1.0, -0.0, 0.0]).tolist()
    [True, True, False]

    ```
    """
    name = dtype(x)
    if name in lattice.FLOATS:
        x = view(x, _SIGNED[_bytes(name)])
    elif name == "bool":
        return zeros_like(x)
    return less(x, 0)


_NEXT = ("float32", "float64", "float16", "bfloat16")


def _nextafter_reference(x1: Any, x2: Any) -> np.ndarray:
    return np.where(np.isnan(x1) | np.isnan(x2), np.nan, x1)


@composite(
    infer=rules.broadcast(dtype=rules.floating),
    # A step is less than the tolerance.
    reference=_nextafter_reference,
    cases=[
        case(draw(2, 3), draw(3, salt=1)),
        case(draw(), 2.0),
        case([1.0, -1.0, 0.0, 2.0], [2.0, -2.0, 1.0, 2.0]),
        case([1.0, float("nan")], [float("nan"), 0.0]),
        case([1, 2], [0, 3]),
        case([True, False], 1.0),
        case(draw(0, 2), draw(2)),
        case(draw(2), draw(3), raises=ShapeError, match="broadcast"),
    ],
    differentiable=False,
    real=True,
)
def nextafter(x1: Tensor, x2: Tensor) -> Tensor:
    """The next number of the dtype after `x1` in the direction of `x2`, entry by entry.

    Args:
        x1: A tensor of any real dtype; integers are taken as floats.
        x2: A tensor that broadcasts with it.

    Returns:
        A floating tensor of the common shape and dtype: `x2` where both are equal, nan where one is.

    Raises:
        ShapeError: The shapes do not broadcast.

    ```python
    >>> nextafter(1.0, 2.0).tolist()
    1.0000001192092896

    ```
    """
    name = dtype(x1)
    integer = _SIGNED[_bytes(name)]
    least = full((), np.iinfo(integer).min, integer)

    def turned(bits: Any) -> Any:
        # Bits of negative floats count away from 0. Turned round, the integers have the order of the floats, subnormal
        # ones too, which some frameworks take for 0 when they compare.
        return where(less(bits, 0), subtract(least, bits), bits)

    bits, goal = view(x1, integer), view(x2, integer)
    first, second = turned(bits), turned(goal)
    up = greater(second, first)
    # Up from a positive float, or down from a negative one, is away from 0; either zero leads to both sides.
    step = cast(where(equal(up, less(bits, 0)), -1, 1), integer)
    moved = where(equal(first, 0), where(up, 1, add(least, 1)), add(bits, step))
    result = view(where(equal(first, second), goal, moved), name)
    return where(logical_or(isnan(x1), isnan(x2)), float("nan"), result)


@rules.rule()
def _ldexp_rule(x1: Spec, x2: Spec) -> Spec:
    rules.require("x2", x2, lattice.INTEGERS, "an integer dtype", "ldexp")
    return Spec(rules.broadcast_shapes(x1.shape, x2.shape), rules.floating(x1.dtype))


@composite(
    infer=_ldexp_rule,
    reference=lambda x1, x2: np.ldexp(x1.astype(np.float64), np.asarray(x2, np.int64)),
    cases=[
        case(draw(2, 3), draw(2, 3, dtype="int32", low=-3, high=4)),
        case(draw(2, 1), [1, 2, -3]),
        case(draw(), 2),
        case([1.5, -2.0, 0.0, float("inf")], [3, -1, 100, 2], dtypes=("float32", "float64"), gradient=False),
        case([1e-30, 1e30], [190, -190], dtypes=("float32", "float64"), gradient=False),
        case([1.0, 1.0], [100000, -100000], dtypes=("float32", "float64"), gradient=False),
        # Subnormal numbers, rounded once.
        case(draw(64, low=1e-30, high=2e-30), np.full(64, -46), dtypes=("float32",), gradient=False),
        case([3, 5], [1, 2]),
        case(draw(2), np.array([1, -2], "int8")),
        case(draw(2), np.array([1, 2], "uint8")),
        case(draw(0, 2), [1, 2]),
        case(draw(2), [0.5, 1.0], raises=DTypeError, match="integer dtype"),
        case(draw(2), [1, 2, 3], raises=ShapeError, match="broadcast"),
    ],
    differentiable=("x1",),
    real=True,
)
def ldexp(x1: Tensor, x2: Tensor) -> Tensor:
    """Numbers scaled by powers of two, entry by entry: `x1 * 2 ** x2`, without an overflow on the way.

    Args:
        x1: A tensor of any real dtype; integers are taken as floats.
        x2: The exponents, a tensor of an integer dtype that broadcasts with it.

    Returns:
        A floating tensor of the common shape, of the dtype of `x1`.

    Raises:
        DTypeError: `x2` is not of an integer dtype.
        ShapeError: The shapes do not broadcast.

    ```python
    >>> ldexp([1.5, 3.0], [2, -1]).tolist()
    [6.0, 1.5]

    ```
    """
    if dtype(x2) not in lattice.INTEGERS:
        raise DTypeError("exponents are integers", received=dtype(x2))
    given = lattice.to_float(dtype(x1))
    computed = "float64" if given == "float64" else "float32"
    integer, bias, mantissa, most = ("int64", 1023, 52, 2200) if computed == "float64" else ("int32", 127, 23, 300)
    if dtype(x2) in ("uint8", "int8", "int16", "uint16"):
        x2 = cast(x2, integer)
    exponent = cast(clip(x2, 0 if dtype(x2)[0] == "u" else -most, most), integer)
    result = cast(x1, computed)
    once = clip(exponent, 1 - bias, bias)
    rest = subtract(exponent, once)
    twice = clip(rest, 1 - bias, bias)
    # The largest step comes last: before it the numbers of a result above 0 are normal ones, so it alone rounds.
    for part in (subtract(rest, twice), twice, once):
        power = view(left_shift(add(part, bias), cast(mantissa, integer)), computed)
        result = multiply(result, power)
    return cast(result, given)
