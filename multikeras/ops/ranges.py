"""Evenly spaced numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._owners import owner_of
from multikeras.ops._samples import case
from multikeras.ops._types import DType, Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.conversion import cast, convert_to_tensor
from multikeras.state.variable import Variable


def range_dtype(*numbers: Any, dtype: DType = None) -> str:
    """The dtype of a range: the one asked for, or that of the numbers that define it."""
    if dtype is not None:
        return lattice.standardize(dtype)
    if all(x is None or type(x) is int for x in numbers):
        return "int32"
    _refuse_others(numbers)
    return rules.same(lattice.weak_join(argument_spec(x, None).dtype for x in numbers if x is not None))


def _refuse_others(numbers: tuple) -> None:
    odd = any(
        isinstance(x, (str, complex, list, tuple, dict)) or getattr(x, "ndim", 0) or (type(x) is float and x != x)
        for x in numbers
    )
    if odd or numbers[0] is None:
        raise ArgumentError("The ends and the step of a range are numbers.", received=repr(numbers))


@rules.rule()
def _arange_rule(start: Any, stop: Any = None, step: Any = None, dtype: DType = None) -> Spec:
    _refuse_others((start, stop, step))
    name = range_dtype(start, stop, step, dtype=dtype)
    if stop is None:
        start, stop = 0, start
    if step is None:
        step = 1
    numbers = (start, stop, step)
    if not all(isinstance(x, (int, float, np.ndarray, np.generic)) for x in numbers):
        return Spec((None,), name)
    if step == 0:
        raise ArgumentError("The step of a range is not 0.", received="step=0")
    return Spec((max(math.ceil((stop - start) / step), 0),), name)


def _arange_reference(start: Any, stop: Any = None, step: Any = None, dtype: DType = None) -> np.ndarray:
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    values = []
    while (start + len(values) * step < stop) if step > 0 else (start + len(values) * step > stop):
        values.append(start + len(values) * step)
    return np.asarray(values).astype(lattice.numpy_dtype(range_dtype(start, stop, step, dtype=dtype)))


@primitive(
    infer=_arange_rule,
    reference=_arange_reference,
    cases=[
        case(5),
        case(5.0),
        case(2, 7),
        case(2, 7, 2),
        case(7, 2, -2),
        case(0.0, 1.0, 0.25),
        case(0, 2, 0.5),
        case(3, 3),
        case(3, 0),
        case(4, dtype="float32"),
        case(4, dtype="int64"),
        case(4, dtype="bfloat16"),
        case(0, 1, 0.3, dtype="float64"),
        case(0, 5, 0, raises=ArgumentError, match="not 0"),
        case("a", raises=ArgumentError, match="are numbers"),
        case(float("nan"), raises=ArgumentError, match="are numbers"),
        case((2, 3), raises=ArgumentError, match="are numbers"),
        case(np.zeros(2, "float32"), raises=ArgumentError, match="are numbers"),
    ],
    differentiable=False,
)
def arange(start: Any, stop: Any = None, step: Any = None, dtype: DType = None) -> Tensor:
    """The numbers `start`, `start + step`, `start + 2 step`, ... before `stop`.

    Args:
        start: The first number; where `stop` is not given, the bound, and the first number is 0.
        stop: The bound, which the numbers do not reach.
        step: From one number to the next, not 0; 1 by default.
        dtype: The dtype. By default that of the three numbers together: int32 for Python integers, floatx for floats.

    Returns:
        A tensor of shape `(ceil((stop - start) / step),)`, empty where that is negative.

    Raises:
        ArgumentError: `step` is 0, or something is no number.

    ```python
    >>> arange(3).tolist(), arange(1.0, 2.0, 0.5).tolist()
    ([0, 1, 2], [1.0, 1.5])

    ```
    """


def _is_host(x: Any) -> bool:
    """Whether `x` is made of host numbers: what NumPy can compute with exactly."""
    return isinstance(x, (int, float, complex, list, tuple, np.ndarray, np.generic)) and not hasattr(x, "value")


def _host(x: Any, dtype: str) -> np.ndarray:
    """Host numbers in double precision."""
    return np.asarray(x, "complex128" if dtype in lattice.COMPLEX else "float64")


# From how many numbers on they are made block by block, and how many a block has: those stay in the processor's cache.
_MANY = 2048
_BLOCK = 2**15


def _evenly(first: Any, last: Any, num: int, endpoint: bool, name: str, growth: float | None = None) -> Any:
    """Many numbers between two, rounded once from double precision.

    Args:
        first: The first number.
        last: The last number.
        num: How many.
        endpoint: Whether the last is among them.
        name: The dtype.
        growth: `log(last / first)` of numbers with equal ratios; by default they have equal distances.

    Returns:
        `None` where there are few numbers, or the ends are no real scalars, or double precision does not reach.
    """
    if (
        num < _MANY
        or first.ndim
        or last.ndim
        or name not in lattice.FLOATS
        or "c" in (first.dtype.kind, last.dtype.kind)
    ):
        return None
    low, high = float(first), float(last)
    step = (high - low if growth is None else growth) / (num - 1 if endpoint else num)
    if not math.isfinite(step) or (growth is not None and not (abs(growth) < _FAR and min(abs(low), abs(high)) > _LOW)):
        return None
    result = np.empty(num, lattice.numpy_dtype(name))
    steps = np.arange(min(num, _BLOCK)) * step
    if growth is not None:
        steps = np.exp(steps)
    for start in range(0, num, _BLOCK):
        piece = result[start : start + _BLOCK]
        if growth is None:
            np.add(steps[: piece.size], low + start * step, out=piece, casting="unsafe")
        else:
            np.multiply(steps[: piece.size], low * math.exp(start * step), out=piece, casting="unsafe")
    result[0] = first
    if endpoint:
        result[-1] = last
    return result


# How far exponents go, and where numbers begin to have fewer digits.
_FAR = 700.0
_LOW = 1e-290


def _spaced_dtypes(start: Any, stop: Any, dtype: DType) -> tuple[str, str]:
    """The dtype that numbers between `start` and `stop` are computed in, and that of the result."""
    specs = [argument_spec(x, None) for x in (start, stop)]
    computed = lattice.to_float(lattice.weak_join([*(spec.dtype for spec in specs), "float"]))
    return computed, computed if dtype is None else lattice.standardize(dtype)


@rules.rule()
def _linspace_rule(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DType = None,
    axis: int = 0,
) -> Any:
    if isinstance(num, bool) or not hasattr(num, "__index__"):
        raise ArgumentError("`num` is an integer.", received=repr(num))
    if num < 0:
        raise ArgumentError("`num` is 0 or more.", received=str(num))
    shape = rules.broadcast_shapes(*(argument_spec(x, None).shape for x in (start, stop)))
    computed, name = _spaced_dtypes(start, stop, dtype)
    sizes = list(shape)
    sizes.insert(rules.canonical_axis(axis, len(shape) + 1), num)
    samples = Spec(tuple(sizes), name)
    return (samples, Spec(shape, computed)) if retstep else samples


def _linspace(start: Any, stop: Any, *arguments: Any, **keywords: Any) -> Any:
    found = np.linspace(start, stop, *arguments, **keywords)
    if not isinstance(found, tuple):
        return found
    # Where there is no distance, NumPy has one nan for all.
    return found[0], np.broadcast_to(found[1], np.broadcast_shapes(np.shape(start), np.shape(stop)))


@composite(
    infer=_linspace_rule,
    reference=_linspace,
    cases=[
        case(0, 1, 5),
        case(0.0, 1.0),
        case(1, 2, num=4, endpoint=False),
        case(2.0, -1.0, 7),
        case(0, 10, 4, dtype="int32"),
        case(0.1, 1.3, 5, dtype="float64"),
        case(0, 1, 1),
        case(3.0, 4.0, 1, endpoint=False),
        case(0, 1, 0),
        case(np.array([0, 1], "float32"), np.array([2, 4], "float32"), 3),
        case(np.array([0, 1], "float32"), 5.0, 3, axis=-1),
        case([0.0, 1.0], [[1.0], [2.0]], 4, axis=1),
        case(0, 1, 5, dtype="bfloat16"),
        case(0, 1, -1, raises=ArgumentError, match="0 or more"),
        case(0, 1, 2.5, raises=ArgumentError, match="an integer"),
        case(0, 1, 3, axis=1, raises=ShapeError, match="axis 1"),
    ],
)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DType = None,
    axis: int = 0,
) -> Any:
    """`num` numbers from `start` to `stop` at equal distances: `start + i (stop - start) / (num - 1)`.

    Args:
        start: The first number, or a tensor of them.
        stop: The last number, or a tensor that broadcasts with `start`.
        num: How many.
        endpoint: Whether `stop` is among them; else the distance is `(stop - start) / num`.
        retstep: Whether to return the distance too.
        dtype: The dtype; by default that of the ends made floating. Numbers are rounded down to integer dtypes.
        axis: Where the axis of the numbers stands in the result, if the ends are tensors.

    Returns:
        A tensor with an axis of size `num` added to the common shape of the ends; with `retstep` a pair of it and the
        distance, nan where no two numbers are that far apart.

    Raises:
        ArgumentError: `num` is no integer from 0 on.
        ShapeError: The ends do not broadcast, or there is no such axis.

    ```python
    >>> linspace(0, 1, 3).tolist()
    [0.0, 0.5, 1.0]

    ```
    """
    _linspace_rule(start, stop, num, endpoint, retstep, dtype, axis)
    computed, name = _spaced_dtypes(start, stop, dtype)
    steps = num - 1 if endpoint else num
    parts = max(steps, 1)
    if _is_host(start) and _is_host(stop):
        first, last = (_host(x, computed) for x in (start, stop))
        samples: Any = _evenly(first, last, num, endpoint, name)
        if samples is None:
            samples = np.linspace(first, last, num, endpoint, axis=axis)
        if lattice.is_integer(name):
            samples = np.floor(samples)
        result = convert_to_tensor(np.asarray(samples).astype(lattice.numpy_dtype(name), copy=False))
        step = (last - first) / parts if steps > 0 else np.full_like(last - first, np.nan)
        return (result, convert_to_tensor(np.asarray(step, lattice.numpy_dtype(computed)))) if retstep else result
    from multikeras import ops

    first, last = (operand(x, computed) for x in (start, stop))
    shape = rules.broadcast_shapes(*(argument_spec(x, None).shape for x in (first, last)))
    # Weights that are exactly 0 and 1 at the ends.
    weights = (np.arange(num) / parts).reshape((num,) + (1,) * len(shape))
    upper = convert_to_tensor(weights.astype(lattice.numpy_dtype(computed)))
    lower = convert_to_tensor((1 - weights).astype(lattice.numpy_dtype(computed)))
    result = ops.moveaxis(ops.add(ops.multiply(lower, first), ops.multiply(upper, last)), 0, axis)
    if lattice.is_integer(name):
        result = ops.floor(result)
    if name != computed:
        result = cast(result, name)
    if not retstep:
        return result
    share = 1 / parts if steps > 0 else math.nan
    return result, ops.multiply(ops.subtract(last, first), convert_to_tensor(share, computed))


def operand(x: Any, dtype: str) -> Any:
    """`x` as a tensor of a dtype."""
    if isinstance(x, Variable):
        x = x.value
    return cast(x, dtype) if owner_of(type(x)) is not None else convert_to_tensor(x, dtype)


@rules.rule()
def _logspace_rule(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10, dtype: DType = None, axis: int = 0
) -> Spec:
    rules.require_number("base", base)
    return _linspace_rule(start, stop, num, endpoint, False, dtype, axis)


@composite(
    infer=_logspace_rule,
    reference=np.logspace,
    cases=[
        case(0, 2, 3),
        case(0.0, 1.0, 5, base=2.0),
        case(0, 3, 3, endpoint=False, base=2),
        case(0, 2, 3, dtype="int32"),
        case(np.array([0, 1], "float32"), np.array([2, 3], "float32"), 3),
        case(0, 2, 0),
        case(0, 1, -1, raises=ArgumentError, match="0 or more"),
        case(0, 1, 3, base=(2.0, 3.0), raises=ArgumentError, match="`base` is a number"),
    ],
)
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10, dtype: DType = None, axis: int = 0
) -> Tensor:
    """`num` numbers from `base ** start` to `base ** stop` with equal ratios: `base` to the power of a `linspace`.

    Args:
        start: The first exponent, or a tensor of them.
        stop: The last exponent, or a tensor that broadcasts with `start`.
        num: How many.
        endpoint: Whether `stop` is among the exponents.
        base: The base of the powers.
        dtype: The dtype; by default that of the exponents made floating.
        axis: Where the axis of the numbers stands in the result, if the exponents are tensors.

    Returns:
        A tensor with an axis of size `num` added to the common shape of the exponents.

    Raises:
        ArgumentError: `num` is no integer from 0 on.
        ShapeError: The exponents do not broadcast, or there is no such axis.

    ```python
    >>> logspace(0, 2, 3).tolist()
    [1.0, 10.0, 100.0]

    ```
    """
    computed, name = _spaced_dtypes(start, stop, dtype)
    if _is_host(start) and _is_host(stop) and _is_host(base):
        _logspace_rule(start, stop, num, endpoint, base, dtype, axis)
        first, last = (_host(x, computed) for x in (start, stop))
        samples: Any = None
        if num >= _MANY and not (first.ndim or last.ndim) and isinstance(base, (int, float)) and base > 0:
            ends = np.float_power(base, [first, last])
            samples = _evenly(ends[0], ends[1], num, endpoint, name, float(last - first) * math.log(base))
        if samples is None:
            samples = np.logspace(first, last, num, endpoint, base, axis=axis)
        return convert_to_tensor(np.asarray(samples).astype(lattice.numpy_dtype(name), copy=False))
    from multikeras import ops

    result = ops.power(operand(base, computed), linspace(start, stop, num, endpoint, False, computed, axis))
    return result if name == computed else cast(result, name)


@rules.rule()
def _geomspace_rule(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: DType = None, axis: int = 0
) -> Spec:
    for end in (start, stop):
        if _is_host(end) and (np.asarray(end) == 0).any():
            raise ArgumentError("Numbers with equal ratios are not 0.", received=f"start={start}, stop={stop}")
    return _linspace_rule(start, stop, num, endpoint, False, dtype, axis)


@composite(
    infer=_geomspace_rule,
    reference=np.geomspace,
    cases=[
        case(1, 1000, 4),
        case(1.0, 256.0, 9),
        case(-8.0, -1.0, 4),
        case(2.0, 0.25, num=4, endpoint=False),
        case(1, 1000, 4, dtype="int32"),
        case(np.array([1, 2], "float32"), np.array([16, 54], "float32"), 3),
        case(np.array([1, 2], "float32"), 8.0, 3, axis=-1),
        case(1, 2, 0),
        case(3.0, 4.0, 1),
        case(1, 2, 4, dtype="bfloat16"),
        case(0, 1, 3, raises=ArgumentError, match="are not 0"),
        case(1, 2, -1, raises=ArgumentError, match="0 or more"),
        case(1, 2, 3, axis=1, raises=ShapeError, match="axis 1"),
    ],
)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: DType = None, axis: int = 0
) -> Tensor:
    """`num` numbers from `start` to `stop` with equal ratios: `start (stop / start) ** (i / (num - 1))`.

    Args:
        start: The first number, or a tensor of them; not 0.
        stop: The last number, or a tensor that broadcasts with `start`; of the same sign.
        num: How many.
        endpoint: Whether `stop` is among them; else the powers are `i / num`.
        dtype: The dtype; by default that of the ends made floating. Numbers are cut off towards 0 to integer dtypes.
        axis: Where the axis of the numbers stands in the result, if the ends are tensors.

    Returns:
        A tensor with an axis of size `num` added to the common shape of the ends; nan between tensors of two signs.

    Raises:
        ArgumentError: `num` is no integer from 0 on, or an end that is a number is 0.
        ShapeError: The ends do not broadcast, or there is no such axis.

    ```python
    >>> geomspace(1, 1000, 4).tolist()
    [1.0, 10.0, 100.0, 1000.0]

    ```
    """
    _geomspace_rule(start, stop, num, endpoint, dtype, axis)
    computed, name = _spaced_dtypes(start, stop, dtype)
    if _is_host(start) and _is_host(stop):
        first, last = (_host(x, computed) for x in (start, stop))
        samples: Any = None
        if num >= _MANY and not (first.ndim or last.ndim) and "c" not in computed and first * last > 0:
            samples = _evenly(first, last, num, endpoint, name, math.log(abs(last)) - math.log(abs(first)))
        if samples is None:
            samples = np.geomspace(first, last, num, endpoint, axis=axis)
        return convert_to_tensor(np.asarray(samples).astype(lattice.numpy_dtype(name), copy=False))
    from multikeras import ops

    first, last = (operand(x, computed) for x in (start, stop))
    growth = ops.log(ops.divide(last, first))
    exponents = linspace(ops.zeros_like(growth), growth, num, endpoint, False, computed, 0)
    result = ops.moveaxis(ops.multiply(first, ops.exp(exponents)), 0, axis)
    return result if name == computed else cast(result, name)
