"""Quantiles: what a share of the entries lies below."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._owners import HOST_TYPES
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Axis, Tensor
from multikeras.ops._values import argument_spec
from multikeras.ops.arithmetic import add, divide, multiply, subtract
from multikeras.ops.comparison import equal, where
from multikeras.ops.conversion import cast, dtype, ndim, shape
from multikeras.ops.creation import full
from multikeras.ops.finiteness import isnan
from multikeras.ops.indexing import take, take_along_axis
from multikeras.ops.joining import stack
from multikeras.ops.logic import logical_and, logical_not
from multikeras.ops.ranges import operand
from multikeras.ops.reduction import any, sum
from multikeras.ops.rounding import ceil, floor, maximum, round
from multikeras.ops.shaping import expand_dims, moveaxis, reshape, transpose
from multikeras.ops.sorting import sort

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")
_NAN = float("nan")


def _kept(x: Spec, axis: Any, keepdims: bool) -> tuple[int | None, ...]:
    """The shape of `x` after the reduction.

    Raises:
        ShapeError: There is no such axis, or no entry.
    """
    if _is_empty(x, axis):
        raise _no_entries(x, axis)
    return rules.reduced_shape(x.shape, axis, keepdims)


def _no_entries(x: Any, axis: Any) -> ShapeError:
    return ShapeError(
        "A quantile is one of at least one entry.", received=f"empty {argument_spec(x, None)}, axis={axis}"
    )


def _is_empty(x: Spec, axis: Any) -> bool:
    """Whether an axis that is reduced has no entries."""
    return 0 in [x.shape[i] for i in rules.canonical_axes(axis, len(x.shape))]


def _check(name: str, q: Any, method: str, whole: float = 1.0) -> None:
    """Raise where the arguments of a quantile are not what they should be, as far as that is known.

    Args:
        name: The dtype of the entries.
        q: The shares.
        method: How to choose between two entries.
        whole: What all entries are.

    Raises:
        ArgumentError: There is no such method, or `q` is no share.
        DTypeError: Complex numbers have no order.
    """
    if name in lattice.COMPLEX:
        raise DTypeError("Quantiles are those of real numbers.", received=f"x of {name}", hint="ops.real(x)")
    if method not in _METHODS:
        raise ArgumentError(f"The method of a quantile is one of {', '.join(_METHODS)}.", received=f"method={method!r}")
    if isinstance(q, KerasTensor):
        raise ArgumentError("`q` is a number or a tensor with values.", received=f"q={q}", hint="q=0.5")
    if isinstance(q, HOST_TYPES):
        q = q.tolist()
    if isinstance(q, (int, float, list, tuple)) and not _inside(q, whole):
        raise ArgumentError(f"`q` lies from 0 to {whole:g}.", received=f"q={q}")


def _inside(q: Any, whole: float) -> bool:
    """Whether all numbers of a nested list, tensors in it aside, lie from 0 to `whole`."""
    if isinstance(q, (list, tuple)):
        return builtins.all(_inside(each, whole) for each in q)
    return not isinstance(q, (int, float)) or 0 <= q <= whole


def _shares(q: Any, name: str) -> Any:
    """`q` as a tensor, made without NumPy, which not every compiler sees through."""
    if isinstance(q, (int, float)):
        return full((), q, name)
    if isinstance(q, (list, tuple)):
        return stack([_shares(each, name) for each in q])
    return operand(q, name)


def _quantile_shape(x: Spec, q: Any, axis: Any, keepdims: bool) -> Spec:
    return Spec((*argument_spec(q, None).shape, *_kept(x, axis, keepdims)), rules.floating(x.dtype))


@rules.rule(cast="float")
def _quantile_rule(x: Spec, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Spec:
    _check(x.dtype, q, method)
    return _quantile_shape(x, q, axis, keepdims)


@rules.rule(cast="float")
def _percentile_rule(x: Spec, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Spec:
    _check(x.dtype, q, method, 100.0)
    return _quantile_shape(x, q, axis, keepdims)


@rules.rule(cast="float")
def _median_rule(x: Spec, axis: Any = None, keepdims: bool = False) -> Spec:
    _check(x.dtype, 0.5, "midpoint")
    return Spec(_kept(x, axis, keepdims), rules.floating(x.dtype))


def _axes(function: Callable) -> Callable:
    """A NumPy oracle that takes lists of axes, too, and does not warn of slices without a number."""

    def run(x: Any, *arguments: Any, axis: Any = None, **keywords: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            if x.size == 0:
                # NumPy forgets the axes of `q` where no entry could be nan.
                plain = {np.nanquantile: np.quantile, np.nanpercentile: np.percentile}.get(function, function)
                return plain(x, *arguments, axis=tuple(axis) if isinstance(axis, list) else axis, **keywords)
            return function(x, *arguments, axis=tuple(axis) if isinstance(axis, list) else axis, **keywords)

    return run


def _cases(scale: float) -> list[Any]:
    return [
        case(draw(5), 0.25 * scale),
        case(draw(2, 3), 0.5 * scale, axis=0),
        case(draw(2, 3, 4), 0.3 * scale, axis=(0, -1), keepdims=True),
        case(draw(2, 3, 4), [0.1 * scale, 0.9 * scale], axis=[1, 2]),
        case(draw(2, 3), [[0.0, 1.0 * scale], [0.5 * scale, 0.2 * scale]], axis=-1, keepdims=True),
        case(draw(), 0.5 * scale, gradient=False),
        case(draw(0, 3), 0.5 * scale, axis=1),
        case([3, 1, 2, 2], 0.6 * scale),
        case([True, False], 0.75 * scale),
        case([5.0, 1.0, 4.0, 2.0], 1, method="lower"),
        *(case(draw(6), 0.45 * scale, method=method) for method in _METHODS),
        case([1.0, 2.0, 3.0, 4.0], 0.5 * scale, method="nearest"),
        case([[1.0, _NAN], [2.0, 4.0]], 0.5 * scale, axis=1, gradient=False),
        case(draw(3), (0.5 * scale, 0.25 * scale)),
        case(draw(3), -0.1, raises=ArgumentError, match="lies from 0 to"),
        case(draw(3), [0.0, 100.5], raises=ArgumentError, match="lies from 0 to"),
        case(draw(2, 3), 0.5, axis=2, raises=ShapeError, match="axis 2"),
        case(draw(0, 3), 0.5, axis=0, raises=ShapeError, match="at least one"),
        case(draw(3), 0.5, method="cubic", raises=ArgumentError, match="one of linear"),
        case(draw(3, dtype="complex64"), 0.5, raises=DTypeError, match="real numbers"),
    ]


_MEDIAN_CASES = [
    case(draw(5)),
    case(draw(2, 3), axis=0),
    case(draw(2, 3, 4), axis=(0, -1), keepdims=True),
    case(draw(2, 4), axis=-1),
    case(draw(), gradient=False),
    case(draw(0, 3), axis=1),
    case([3, 1, 2, 4]),
    case([True, False]),
    case([[float("inf"), float("inf")], [float("-inf"), 4.0]], axis=1, gradient=False),
    case([[1.0, _NAN], [2.0, 4.0]], axis=1, gradient=False),
    case(draw(2, 3), axis=2, raises=ShapeError, match="axis 2"),
    case(draw(0, 3), axis=0, raises=ShapeError, match="at least one"),
]
_HOLES = [
    case([[1.0, _NAN, 7.0], [2.0, 4.0, 3.0], [_NAN, _NAN, _NAN]], axis=1, gradient=False),
    case([[1.0, _NAN, 7.0], [2.0, 4.0, 3.0]], gradient=False),
]
_SHARE_HOLES = [
    case([[1.0, _NAN, 7.0], [2.0, 4.0, 3.0], [_NAN, _NAN, _NAN]], 0.3, axis=1, gradient=False),
    case([[1.0, _NAN, 7.0], [2.0, 4.0, 3.0]], [0.1, 0.8], axis=0, method="higher", gradient=False),
]


@composite(infer=_quantile_rule, reference=_axes(np.quantile), cases=_cases(1.0), real=True)
def quantile(x: Tensor, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The number that a share `q` of the entries lies below: entry `q (n - 1)` of the `n` sorted ones.

    | `method` | between the entries `i` and `i + 1`, a share `t` of the way |
    |---|---|
    | `"linear"` | `(1 - t) x[i] + t x[i + 1]` |
    | `"lower"`, `"higher"` | the one, the other |
    | `"midpoint"` | the mean of both |
    | `"nearest"` | the nearer one, the even `i` in the middle |

    Positions are computed in 32 bits, for float64 in 64.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.
        q: Shares from 0 to 1: a number, a list or a tensor of any shape.
        axis: The axis or axes that are reduced, all of them by default.
        method: See above.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; the axes of `q` come first. nan where there is a nan, or where an entry of
        a tensor `q` is out of range.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.
        ArgumentError: There is no such method, or a number `q` is out of range.
        DTypeError: `x` is complex.

    ```python
    >>> quantile([4.0, 1.0, 3.0, 2.0], [0.0, 0.5, 0.75]).tolist()
    [1.0, 2.5, 3.25]

    ```
    """
    return _quantile(x, q, axis, method, keepdims, False)


@composite(
    infer=_quantile_rule,
    reference=_axes(np.nanquantile),
    cases=[*_SHARE_HOLES, *_cases(1.0)[2:5]],
    real=True,
)
def nanquantile(x: Tensor, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The number that a share `q` of those entries lies below that are numbers. See `quantile`.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.
        q: Shares from 0 to 1: a number, a list or a tensor of any shape.
        axis: The axis or axes that are reduced, all of them by default.
        method: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; the axes of `q` come first. nan where there is no number, or where an entry of
        a tensor `q` is out of range.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.
        ArgumentError: There is no such method, or a number `q` is out of range.
        DTypeError: `x` is complex.

    ```python
    >>> nanquantile([4.0, float("nan"), 3.0], [0.0, 0.5]).tolist()
    [3.0, 3.5]

    ```
    """
    return _quantile(x, q, axis, method, keepdims, True)


@composite(infer=_percentile_rule, reference=_axes(np.percentile), cases=[*_cases(100.0)[:4], *_cases(100.0)[-4:]])
def percentile(x: Tensor, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The number that `q` percent of the entries lie below: `quantile(x, q / 100)`.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.
        q: Percents from 0 to 100: a number, a list or a tensor of any shape.
        axis: The axis or axes that are reduced, all of them by default.
        method: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`. See `quantile`.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; the axes of `q` come first. nan where there is a nan, or where an entry of
        a tensor `q` is out of range.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.
        ArgumentError: There is no such method, or a number `q` is out of range.
        DTypeError: `x` is complex.

    ```python
    >>> percentile([4.0, 1.0, 3.0, 2.0], 50).tolist()
    2.5

    ```
    """
    return _quantile(x, q, axis, method, keepdims, False, 100.0)


@composite(
    infer=_percentile_rule,
    reference=_axes(np.nanpercentile),
    cases=[
        case([[1.0, _NAN, 7.0], [2.0, 4.0, 3.0], [_NAN, _NAN, _NAN]], 30.0, axis=1, gradient=False),
        *_cases(100.0)[2:5],
    ],
    real=True,
)
def nanpercentile(x: Tensor, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False) -> Tensor:
    """The number that `q` percent of those entries lie below that are numbers: `nanquantile(x, q / 100)`.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.
        q: Percents from 0 to 100: a number, a list or a tensor of any shape.
        axis: The axis or axes that are reduced, all of them by default.
        method: `"linear"`, `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`. See `quantile`.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; the axes of `q` come first. nan where there is no number, or where an entry of
        a tensor `q` is out of range.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.
        ArgumentError: There is no such method, or a number `q` is out of range.
        DTypeError: `x` is complex.

    ```python
    >>> nanpercentile([4.0, float("nan"), 3.0], 50).tolist()
    3.5

    ```
    """
    return _quantile(x, q, axis, method, keepdims, True, 100.0)


@composite(infer=_median_rule, reference=_axes(np.median), cases=_MEDIAN_CASES)
def median(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The entry in the middle of the sorted ones, or the mean of the two there.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; nan where there is a nan.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.
        DTypeError: `x` is complex.

    ```python
    >>> median([[4.0, 1.0, 3.0], [1.0, 2.0, 9.0]], axis=1).tolist()
    [3.0, 2.0]

    ```
    """
    return _quantile(x, 0.5, axis, "midpoint", keepdims, False)


@composite(infer=_median_rule, reference=_axes(np.nanmedian), cases=[*_HOLES, *_MEDIAN_CASES[:-3]])
def nanmedian(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The number in the middle of the sorted ones, or the mean of the two there; nan does not take part.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.
        axis: The axis or axes that are reduced, all of them by default.
        keepdims: Whether reduced axes stay, with size 1.

    Returns:
        A floating tensor; nan where there is no number.

    Raises:
        ShapeError: There is no such axis, one is named twice, or there are no entries.
        DTypeError: `x` is complex.

    ```python
    >>> nanmedian([4.0, float("nan"), 3.0, 9.0]).tolist()
    4.0

    ```
    """
    return _quantile(x, 0.5, axis, "midpoint", keepdims, True)


def _position_dtype(x: Any) -> str:
    return "float64" if dtype(x) == "float64" else "float32"


def _quantile(x: Any, q: Any, axis: Any, method: str, keepdims: bool, skip: bool, whole: float = 1.0) -> Any:
    """Quantiles along the last axis of the sorted entries; with `skip` of those alone that are numbers."""
    given, computed = dtype(x), _position_dtype(x)
    _check(given, q, method, whole)
    axes = rules.canonical_axes(axis, ndim(x))
    kept = tuple(i for i in range(ndim(x)) if i not in axes)
    sizes = shape(x)
    rest = tuple(sizes[i] for i in kept)
    count = 1
    for i in axes:
        count = count * sizes[i]
    if isinstance(count, int) and count == 0:
        raise _no_entries(x, axis)
    rows = sort(reshape(transpose(x, kept + axes), (*rest, count)), -1)
    q = _shares(q, computed)
    shares = reshape(q, (-1,))
    if whole != 1:
        shares = divide(shares, whole)
    valid = logical_and(shares >= 0, shares <= 1)
    shares = where(valid, shares, 0)
    # How many steps there are from the first entry to the last, in each row.
    if skip:
        numbers = sum(logical_not(isnan(rows)), -1, True)
        steps = cast(maximum(numbers - 1, 0), computed)
    else:
        steps = cast(count - 1, computed)
    position = multiply(shares, steps)
    below, above = floor(position), ceil(position)
    if method == "nearest":
        below = above = round(position)
    elif method == "lower":
        above = below
    elif method == "higher":
        below = above
    picked = _picked(rows, below, skip)
    if above is not below:
        upper = _picked(rows, above, skip)
        weight = subtract(position, below)
        if method == "midpoint":
            weight = where(equal(weight, 0), 0.0, 0.5)
        lower, higher = cast(picked, computed), cast(upper, computed)
        mixed = add(multiply(subtract(1.0, weight), lower), multiply(weight, higher))
        # Equal ends, infinite ones among them, need no mixing.
        picked = cast(where(logical_and(equal(lower, higher), isnan(mixed)), lower, mixed), given)
    if not skip:
        picked = where(any(isnan(rows), -1, True), _NAN, picked)
    picked = moveaxis(where(valid, picked, _NAN), -1, 0)
    result = reshape(picked, (*shape(q), *rest))
    if keepdims:
        first = ndim(q)
        result = expand_dims(result, tuple(first + i for i in axes)) if axes else result
    return result


def _picked(rows: Any, position: Any, each: bool) -> Any:
    """The entries at float positions along the last axis: the same of every row, or `each` row's own."""
    places = cast(position, "int32")
    return take_along_axis(rows, places, -1) if each else take(rows, places, -1)
