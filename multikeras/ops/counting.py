"""How many entries have which value: counts, bins and histograms."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, divide, multiply, subtract
from multikeras.ops.comparison import equal, greater_equal, less, less_equal, where
from multikeras.ops.conversion import cast, dtype, shape
from multikeras.ops.creation import ones_like, zeros
from multikeras.ops.indexing import get_item
from multikeras.ops.joining import stack
from multikeras.ops.logic import logical_and
from multikeras.ops.ranges import arange
from multikeras.ops.reduction import max, min
from multikeras.ops.rounding import clip, maximum
from multikeras.ops.scattering import scatter_update
from multikeras.ops.shaping import broadcast_to, expand_dims, ravel, reshape
from multikeras.ops.sorting import searchsorted
from multikeras.ops.turning import flip


@rules.rule()
def _bincount_rule(x: Spec, weights: Spec | None = None, minlength: int = 0, sparse: bool = False) -> Spec:
    if x.dtype not in lattice.INTEGERS and x.dtype not in ("bool", "int"):
        raise DTypeError("Counts are those of integers.", received=f"x={x}", hint="ops.cast(x, 'int32')")
    if len(x.shape) not in (1, 2):
        raise ShapeError("Counts are those of a vector, or of each row of a matrix.", received=f"x={x}")
    _minlength(minlength, sparse)
    if weights is None:
        return Spec((*x.shape[:-1], None), "int32")
    if not _same_shape(x.shape, weights.shape):
        raise ShapeError("There is a weight for each entry.", received=f"x={x}, weights={weights}")
    return Spec((*x.shape[:-1], None), rules.no_bool(rules.common(x, weights)))


def _same_shape(first: Any, second: Any) -> bool:
    return len(first) == len(second) and all(
        a == b or a is None or b is None for a, b in zip(first, second, strict=True)
    )


def _minlength(minlength: Any, sparse: Any) -> int:
    if isinstance(minlength, bool) or not hasattr(minlength, "__index__") or minlength.__index__() < 0:
        raise ArgumentError("`minlength` is an integer from 0 on.", received=f"minlength={minlength!r}")
    if sparse:
        raise ArgumentError("Counts are dense tensors.", received="sparse=True", hint="sparse=False")
    return minlength.__index__()


def _explain_bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> None:
    if x.size and x.min() < 0:
        raise ArgumentError("Counts are those of integers from 0 on.", received=f"the entry {x.min()}")


def _bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    x = x.astype(np.int64)
    rows = x if x.ndim == 2 else x[None]
    length = builtins.max(minlength, int(rows.max(initial=-1)) + 1)
    result = np.zeros((len(rows), length), np.int64 if weights is None else np.result_type(x, weights))
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            result[i, value] += 1 if weights is None else np.reshape(weights, rows.shape)[i, j]
    return result if x.ndim == 2 else result[0]


@composite(
    infer=_bincount_rule,
    reference=_bincount,
    explain=_explain_bincount,
    cases=[
        case([1, 2, 2, 5]),
        case([0, 0, 1], minlength=5),
        case([1, 2, 2], weights=[0.5, 1.0, 2.0], gradient=False),
        case([1, 2, 2], weights=[3, 4, 5]),
        case([[1, 2], [0, 0]]),
        case([[1, 2], [0, 0]], weights=[[1.0, 2.0], [3.0, 4.0]], minlength=4, gradient=False),
        case([True, False, True]),
        case(np.array([3, 1], "uint8")),
        case(np.zeros((0,), "int32")),
        case(np.zeros((0,), "int32"), minlength=2),
        case([0.5], raises=DTypeError, match="those of integers"),
        case([[[1]]], raises=ShapeError, match="each row of a matrix"),
        case([1, -2], raises=ArgumentError, match="from 0 on"),
        case([1, 2], weights=[1.0], raises=ShapeError, match="weight for each"),
        case([1, 2], minlength=-1, raises=ArgumentError, match="from 0 on"),
        case([1, 2], sparse=True, raises=ArgumentError, match="dense"),
    ],
    differentiable=("weights",),
)
def bincount(x: Tensor, weights: Tensor | None = None, minlength: int = 0, sparse: bool = False) -> Tensor:
    """How often each integer occurs: entry `i` is the number, or the sum of the weights, of the entries that are `i`.

    Args:
        x: A vector of integers from 0 on, or a matrix each row of which is counted by itself; bools are taken as 0, 1.
        weights: What each entry counts for, of the shape of `x`; 1 by default.
        minlength: The least number of counts.
        sparse: Counts are dense tensors: not `True`.

    Returns:
        A tensor with a last axis of size `max(max(x) + 1, minlength)`, which values decide: not in every compiled step.
        int32; with weights of the common dtype.

    Raises:
        DTypeError: `x` is not made of integers.
        ShapeError: `x` has another number of axes, or the weights another shape.
        ArgumentError: An integer is negative, or `sparse` is true.

    ```python
    >>> bincount([1, 2, 2, 4]).tolist()
    [0, 1, 2, 0, 1]

    ```
    """
    least = _minlength(minlength, sparse)
    if len(x.shape) not in (1, 2) or (dtype(x) not in lattice.INTEGERS and dtype(x) != "bool"):
        raise ShapeError("a vector of integers", received="")
    if weights is not None and not _same_shape(tuple(x.shape), tuple(weights.shape)):
        raise ShapeError("a weight for each", received="")
    if weights is not None:
        kind = rules.no_bool(lattice.weak_join([dtype(x), dtype(weights)]))
        updates = cast(weights, kind)
    x = cast(x, "int32")
    if weights is None:
        kind, updates = "int32", ones_like(x)
    # One size more than the largest; not a size at all where one is negative.
    length = where(less(min(x, None, False, 0), 0), -1, maximum(add(max(x, None, False, -1), 1), least))
    if len(x.shape) == 1:
        return scatter_update(zeros((length,), kind), expand_dims(x, 1), updates, "add")
    count = shape(x)[0]
    rows = broadcast_to(expand_dims(arange(count), 1), tuple(shape(x)))
    places = reshape(stack([rows, x], -1), (-1, 2))
    return scatter_update(zeros((count, length), kind), places, ravel(updates), "add")


@rules.rule()
def _digitize_rule(x: Spec, bins: Spec) -> Spec:
    if len(bins.shape) != 1:
        raise ShapeError("The edges of bins are a vector.", received=f"bins={bins}")
    return Spec(x.shape, "int32")


@composite(
    infer=_digitize_rule,
    reference=np.digitize,
    cases=[
        case(draw(2, 3), [-1.0, 0.0, 1.0], dtypes=("float32", "float64", "int32")),
        case([0.0, 1.0, 2.5, -1.0], [0.0, 1.0, 2.0]),
        case([0.0, 1.0, 2.5, -1.0], [2.0, 1.0, 0.0]),
        case([1, 5, 10], [1, 5, 9]),
        case([1, 5, 10], [1.5, 5.0]),
        case(0.5, [0.0, 1.0]),
        case([float("inf"), float("-inf")], [0.0, 1.0]),
        case(draw(0, 2), [0.0, 1.0], dtypes=("float32",)),
        case([1.0, 2.0], [1.0]),
        case([1.0], [[1.0]], raises=ShapeError, match="a vector"),
    ],
    differentiable=False,
    real=True,
)
def digitize(x: Tensor, bins: Tensor) -> Tensor:
    """The bin that each entry lies in: the `i` with `bins[i - 1] <= x < bins[i]`.

    Args:
        x: A tensor of any shape and real dtype.
        bins: The edges of the bins, a vector in rising order; or in falling order, for `bins[i - 1] > x >= bins[i]`.

    Returns:
        An int32 tensor of the shape of `x`: 0 before all edges, their number behind them.

    Raises:
        ShapeError: `bins` is no vector.

    ```python
    >>> digitize([0.5, 1.0, 3.0], [0.0, 1.0, 2.0]).tolist()
    [1, 2, 3]

    ```
    """
    if len(bins.shape) != 1:
        raise ShapeError("a vector", received="")
    if bins.shape[0] is not None and bins.shape[0] < 2:
        return searchsorted(bins, x, "right")
    rising = less_equal(get_item(bins, 0), get_item(bins, -1))
    place = searchsorted(where(rising, bins, flip(bins)), x, "right")
    return where(rising, place, subtract(shape(bins)[0], place))


@rules.rule("float")
def _histogram_rule(x: Spec, bins: int = 10, range: Any = None) -> tuple[Spec, Spec]:
    count = _bins(bins)
    _span(range)
    name = rules.floating(x.dtype)
    return Spec((count,), name), Spec((count + 1,), name)


def _bins(bins: Any) -> int:
    if isinstance(bins, bool) or not hasattr(bins, "__index__") or bins.__index__() < 1:
        raise ArgumentError("`bins` is an integer from 1 on.", received=f"bins={bins!r}", hint="bins=10")
    return bins.__index__()


def _span(span: Any) -> tuple[float, float] | None:
    if span is None:
        return None
    if not isinstance(span, (list, tuple)) or len(span) != 2 or not span[0] <= span[1]:
        raise ArgumentError("`range` is a pair of numbers, the lower one first.", received=f"range={span!r}")
    return float(span[0]), float(span[1])


@composite(
    infer=_histogram_rule,
    reference=np.histogram,
    cases=[
        case(draw(20), dtypes=("float32", "float64")),
        case(draw(3, 5), bins=4, dtypes=("float32", "float64")),
        case([1, 2, 1, 4, 5], bins=4),
        case([0.0, 1.0, 2.0, 3.0], bins=3, range=(0.0, 3.0)),
        case([0.5, 1.5, 9.0, -3.0], bins=2, range=(0, 2)),
        case([2.0, 2.0], bins=2),
        case(draw(0), bins=2, dtypes=("float32",)),
        case(draw(), bins=1, dtypes=("float32",)),
        case([1.0], bins=3, range=(1.0, 1.0)),
        case([1.0], bins=0, raises=ArgumentError, match="from 1 on"),
        case([1.0], range=(2.0, 1.0), raises=ArgumentError, match="lower one first"),
        case([1.0], bins=2.5, raises=ArgumentError, match="an integer"),
    ],
    differentiable=False,
    real=True,
)
def histogram(x: Tensor, bins: int = 10, range: Any = None) -> tuple[Tensor, Tensor]:
    """How many entries lie in each of some bins of equal width.

    Args:
        x: A tensor of any shape and real dtype; integers are taken as floats.
        bins: The number of bins.
        range: The lower end of the first bin and the upper end of the last, which belongs to it; entries beyond are not
            counted. By default the least and the largest entry. Half of 1 is added at both ends where they are equal.

    Returns:
        The counts, of shape (bins,), and the edges, of shape (bins + 1,), both of the floating dtype.

    Raises:
        ArgumentError: `bins` is no integer from 1 on, or `range` no pair of numbers in order.

    ```python
    >>> counts, edges = histogram([0.0, 0.5, 2.0], bins=2)
    >>> counts.tolist(), edges.tolist()
    ([2.0, 1.0], [0.0, 1.0, 2.0])

    ```
    """
    count, span = _bins(bins), _span(range)
    given = dtype(x)
    if given in ("float16", "bfloat16"):
        counts, edges = histogram(cast(x, "float32"), bins, range)
        return cast(counts, given), cast(edges, given)
    x = ravel(x)
    if span is not None:
        low, high = (cast(end, given) for end in span)
    elif x.shape[0] == 0:
        low, high = cast(0.0, given), cast(1.0, given)
    else:
        low, high = min(x), max(x)
        if x.shape[0] is None:
            none = equal(shape(x)[0], 0)
            low, high = where(none, cast(0.0, given), low), where(none, cast(1.0, given), high)
    flat = equal(low, high)
    low, high = where(flat, subtract(low, 0.5), low), where(flat, add(high, 0.5), high)
    share = divide(cast(arange(count + 1), given), count)
    edges = add(multiply(subtract(1.0, share), low), multiply(share, high))
    inside = logical_and(greater_equal(x, low), less_equal(x, high))
    place = clip(subtract(searchsorted(edges, where(inside, x, low), "right"), 1), 0, count - 1)
    counts = scatter_update(zeros((count,), "int32"), expand_dims(place, 1), cast(inside, "int32"), "add")
    return cast(counts, given), edges
