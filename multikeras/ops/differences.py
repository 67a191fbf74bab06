"""Differences between neighbours, and sums of the areas between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, multiply, subtract
from multikeras.ops.comparison import not_equal
from multikeras.ops.conversion import cast, dtype
from multikeras.ops.indexing import get_item
from multikeras.ops.reduction import sum
from multikeras.ops.shaping import reshape


def _times(n: Any) -> int:
    if isinstance(n, bool) or not hasattr(n, "__index__") or n.__index__() < 0:
        raise ArgumentError("`n` is an integer from 0 on.", received=f"n={n!r}", hint="n=1")
    return n.__index__()


@rules.rule()
def _diff_rule(a: Spec, n: int = 1, axis: int = -1) -> Spec:
    times = _times(n)
    place = rules.canonical_axis(axis, len(a.shape))
    size = a.shape[place]
    size = size if times == 0 else None if size is None else max(size - times, 0)
    return Spec((*a.shape[:place], size, *a.shape[place + 1 :]), rules.same(a.dtype))


@composite(
    infer=_diff_rule,
    reference=np.diff,
    cases=[
        case(draw(5)),
        case(draw(2, 4)),
        case(draw(4, 2), axis=0),
        case(draw(3, 5), n=2),
        case(draw(3, 5, 2), n=3, axis=1),
        case(draw(3), n=0),
        case(draw(2), n=3),
        case(draw(0, 2), axis=0),
        case([1, 4, 2]),
        case([True, False, False]),
        case(np.array([3, 1, 2], "uint8")),
        case(draw(3), n=-1, raises=ArgumentError, match="from 0 on"),
        case(draw(), raises=ShapeError, match="0 axes"),
        case(draw(3), axis=1, raises=ShapeError, match="axis 1"),
    ],
)
def diff(a: Tensor, n: int = 1, axis: int = -1) -> Tensor:
    """Differences of neighbours along an axis, `a[i + 1] - a[i]`, taken `n` times.

    Args:
        a: A tensor of one axis or more, of any dtype.
        n: How often.
        axis: The axis.

    Returns:
        A tensor of the dtype of `a`, shorter by `n` along the axis; of bools whether neighbours differ.

    Raises:
        ArgumentError: `n` is no integer from 0 on.
        ShapeError: There is no such axis.

    ```python
    >>> diff([1, 4, 9, 16]).tolist(), diff([1, 4, 9, 16], n=2).tolist()
    ([3, 5, 7], [2, 2])

    ```
    """
    place = rules.canonical_axis(axis, len(a.shape))
    less = not_equal if dtype(a) == "bool" else subtract
    for _ in range(_times(n)):
        a = less(*_neighbours(a, place))
    return a


def _neighbours(a: Any, place: int) -> tuple[Any, Any]:
    """The entries but the first, and those but the last, along an axis."""
    before = (slice(None),) * place
    return get_item(a, (*before, slice(1, None))), get_item(a, (*before, slice(None, -1)))


@rules.rule(cast="float")
def _trapezoid_rule(y: Spec, x: Spec | None = None, dx: Any = 1.0, axis: int = -1) -> Spec:
    place = rules.canonical_axis(axis, len(y.shape))
    shape = rules.reduced_shape(y.shape, place, False)
    if x is None:
        return Spec(shape, rules.floating(y.dtype))
    if len(x.shape) == 1:
        own = [1] * len(y.shape)
        own[place] = x.shape[0]  # type: ignore[call-overload]
        met = tuple(own)
    else:
        met = x.shape
        if len(met) != len(y.shape):
            raise ShapeError("Places are a vector, or have the axes of the values.", received=f"y={y}, x={x}")
    if None not in (met[place], y.shape[place]) and met[place] != y.shape[place]:
        raise ShapeError("There is a place for each value.", received=f"y={y}, x={x}, axis={axis}")
    whole = rules.broadcast_shapes(y.shape, met)
    return Spec(rules.reduced_shape(whole, place, False), rules.floating(rules.common(y, x)))


@composite(
    infer=_trapezoid_rule,
    reference=np.trapezoid,
    cases=[
        case(draw(5)),
        case(draw(2, 4), axis=0),
        case(draw(2, 4), dx=0.5),
        case(draw(4), draw(4, low=0, salt=1)),
        case(draw(2, 4, 3), draw(4, low=0), axis=1),
        case(draw(2, 4), draw(2, 4, salt=1)),
        case(draw(2, 4), draw(1, 4), axis=-1),
        case([1, 2, 3]),
        case([True, True]),
        case(draw(1)),
        case(draw(0)),
        case(draw(), raises=ShapeError, match="0 axes"),
        case(draw(2, 4), draw(3), raises=ShapeError, match="a place for each"),
        case(draw(0, 4), draw(0), raises=ShapeError, match="a place for each"),
        case(draw(4), draw(2, 4), raises=ShapeError, match="a vector, or"),
    ],
)
def trapezoid(y: Tensor, x: Tensor | None = None, dx: float = 1.0, axis: int = -1) -> Tensor:
    """Integral along an axis by the trapezoidal rule: `sum((y[i] + y[i + 1]) / 2 * (x[i + 1] - x[i]))`.

    16-bit floats are computed with in 32 bits.

    Args:
        y: The values, a tensor of one axis or more; integers are taken as floats.
        x: Their places: a vector, or a tensor with the axes of `y`. By default `dx` apart.
        dx: The distance of neighbours where there is no `x`.
        axis: The axis.

    Returns:
        A floating tensor without the axis.

    Raises:
        ShapeError: There is no such axis, or `x` does not fit.

    ```python
    >>> float(trapezoid([1.0, 2.0, 3.0])), float(trapezoid([1.0, 2.0, 3.0], x=[4.0, 6.0, 8.0]))
    (4.0, 8.0)

    ```
    """
    name = dtype(y)
    if name in ("float16", "bfloat16"):
        wide = None if x is None else cast(x, "float32")
        return cast(trapezoid(cast(y, "float32"), wide, dx, axis), name)
    place = rules.canonical_axis(axis, len(y.shape))
    means = multiply(add(*_neighbours(y, place)), 0.5)
    if x is None:
        return multiply(sum(means, place), dx)
    if len(x.shape) == 1:
        # An empty vector cannot tell what -1 stands for, and has as few steps as `y`.
        around = (1,) * place + (-1,) + (1,) * (len(y.shape) - place - 1)
        if x.shape[0] == 0 and y.shape[place]:
            raise ShapeError("a place for each", received="")
        places: Any = y if x.shape[0] == 0 else reshape(x, around)
    else:
        places = x
    if len(places.shape) != len(y.shape):
        raise ShapeError("as many axes", received="")
    if None not in (places.shape[place], y.shape[place]) and places.shape[place] != y.shape[place]:
        raise ShapeError("a place for each", received="")
    return sum(multiply(means, diff(places, 1, place)), place)
