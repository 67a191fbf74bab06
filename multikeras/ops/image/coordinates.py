"""Values of tensors between their entries: the one place where images are sampled."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.image._axes import with_borders
from multikeras.ops.segments import greatest_of, least_of
from multikeras.testing import sampling_oracle

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
ORDERS = {"nearest": 0, "bilinear": 1}


def check_fill_mode(fill_mode: Any) -> None:
    """Make sure that there is such a way to go on beyond the edges.

    Raises:
        ArgumentError: There is none.
    """
    if fill_mode not in FILL_MODES:
        raise ArgumentError(
            f"`fill_mode` is one of {', '.join(map(repr, FILL_MODES))}.", received=f"fill_mode={fill_mode!r}"
        )


def read_order(interpolation: Any) -> int:
    """The order of the spline: 0 for `"nearest"`, 1 for `"bilinear"`.

    Raises:
        ArgumentError: There is no such interpolation.
    """
    if interpolation not in ORDERS:
        raise ArgumentError(
            f"`interpolation` is one of {', '.join(map(repr, ORDERS))}.", received=f"interpolation={interpolation!r}"
        )
    return ORDERS[interpolation]


def check_places(**places: Spec) -> None:
    """Make sure that what says where entries are taken is real.

    Args:
        places: Arguments by name.

    Raises:
        DTypeError: One is complex.
    """
    for name, spec in places.items():
        if lattice.is_complex(spec.dtype):
            raise DTypeError("Places are real numbers.", received=f"{name}={spec}")


def places_dtype(images: str, *others: str) -> str:
    """The dtype in which places are computed: float32, or float64 where something has it."""
    return "float64" if {"float64", "complex128"} & {images, *others} else "float32"


# Beyond this, float32 tells apart whole numbers no more than 128 apart: the last that it has below 2**31.
_FAR = 2147483520


def _folded(index: Any, size: Any, fill_mode: str) -> Any:
    """The entries that stand for whole positions, as int32.

    Args:
        index: Positions, as int32.
        size: How many entries there are.
        fill_mode: How it goes on beyond them: `"wrap"`, `"mirror"` or `"reflect"`.
    """
    from multikeras import ops

    if fill_mode == "wrap":
        return ops.mod(index, size)
    last = 2 * size - (1 if fill_mode == "reflect" else 2)
    index = ops.mod(index, 2 * size if fill_mode == "reflect" else _largest(last, 1))
    return ops.maximum(ops.minimum(index, ops.subtract(last, index)), 0)


def _largest(size: Any, least: int) -> Any:
    from multikeras import ops

    return ops.maximum(size, least) if ops.is_tensor(size) else max(size, least)


# The largest numbers below a half: the sum of one and a half would be rounded to 1.
_BELOW_HALF = {"float32": 0.5 - 2.0**-25, "float64": 0.5 - 2.0**-54}


def _rounded(place: Any, signed: bool) -> Any:
    """The nearest whole numbers, of two the one that is farther from 0.

    Args:
        place: Numbers.
        signed: Whether those below -1 count, too.
    """
    from multikeras import ops

    kind = ops.dtype(place)
    half = ops.cast(_BELOW_HALF[kind], kind)
    if not signed:
        return ops.floor(ops.add(place, half))
    return ops.trunc(ops.add(place, ops.where(ops.less(place, 0), ops.negative(half), half)))


class _Node(NamedTuple):
    """One of the entries around places along an axis."""

    index: Any
    share: Any = None  # `None` for all of it
    inside: Any = None  # whether there is such an entry; `None` where all are


def _nodes(place: Any, size: Any, order: int, fill_mode: str, kind: str) -> list[_Node]:
    """The entries around places along one axis.

    Args:
        place: Where, counted in entries.
        size: How many entries there are.
        order: 0 for the nearest entry, 1 for both neighbours.
        fill_mode: How it goes on beyond the edges.
        kind: The dtype of shares.
    """
    from multikeras import ops

    whole = not lattice.is_float(ops.dtype(place))
    if fill_mode == "nearest":
        place = _between(place, 0, size - 1)
    elif fill_mode == "constant":
        # From there on both neighbours are beyond the edge.
        place = _between(place, -2, size + 1)
    lower = first = ops.floor(place) if order and not whole else place
    if not whole:
        if fill_mode not in ("nearest", "constant"):
            first = _between(first, -_FAR, _FAR)
        if not order:
            # With a constant all that is below -0.5 is beyond the edge.
            first = _rounded(first, signed=fill_mode not in ("nearest", "constant"))
        # A place that is nan has a share that is, and so a value; its index is any.
        first = ops.cast(ops.where(ops.isnan(first), 0.0, first), "int32")
    if whole or not order:
        return [_node(first, None, size, fill_mode)]
    share = ops.cast(ops.subtract(place, lower), kind)
    return [
        _node(first, ops.subtract(1.0, share), size, fill_mode),
        _node(ops.add(first, 1), share, size, fill_mode),
    ]


def _between(place: Any, least: Any, largest: Any) -> Any:
    from multikeras import ops

    kind = ops.dtype(place)
    return ops.minimum(ops.maximum(place, ops.cast(least, kind)), ops.cast(largest, kind))


def _node(index: Any, share: Any, size: Any, fill_mode: str) -> _Node:
    from multikeras import ops

    if fill_mode == "nearest":
        return _Node(ops.minimum(index, size - 1), share)
    if fill_mode != "constant":
        return _Node(_folded(index, size, fill_mode), share)
    inside = ops.logical_and(ops.greater_equal(index, 0), ops.less(index, size))
    return _Node(ops.where(inside, index, 0), share, inside)


def _combined(combine: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else combine(one, other)


def _held(fill_value: Any, kind: str) -> Any:
    """A number as a tensor holds it: of integers the nearest one that there is."""
    if not lattice.is_integer(kind):
        return fill_value
    return round(min(max(fill_value, least_of(kind)), greatest_of(kind)))


def sampled(
    x: Any, places: Sequence[Any], order: int, fill_mode: str, fill_value: Any = 0, batched: bool = False
) -> Any:
    """The values of a tensor at places, by the nearest entry or linearly between neighbours.

    Args:
        x: Shape `(batch, *sizes, *rest)`, without the batch axis unless `batched`.
        places: For each of the sizes where along it, of shape `(batch, *out)`; they broadcast.
        order: 0 for the nearest entry (of two the one farther from 0), 1 for linear interpolation.
        fill_mode: How it goes on beyond the edges.
        fill_value: What is there with `"constant"`.
        batched: Whether each entry of the batch has places of its own.

    Returns:
        A tensor of shape `(batch, *out, *rest)` and the dtype of `x`, integers rounded.
    """
    from multikeras import ops

    kind = ops.dtype(x)
    linear = order and any(lattice.is_float(ops.dtype(place)) for place in places)
    if linear:
        wide = (lattice.is_float(kind) or kind in lattice.COMPLEX) and lattice.numpy_dtype(kind).itemsize > 2
        x = x if wide else ops.cast(x, "float32")
    shares = {"complex64": "float32", "complex128": "float64"}.get(ops.dtype(x), ops.dtype(x))
    first = 1 if batched else 0
    shape = ops.shape(x)
    sizes, rest = shape[first : first + len(places)], shape[first + len(places) :]
    if fill_mode == "constant" and not all(isinstance(size, int) and size for size in sizes):
        # There may be no entry, and one has to be looked up, if not to be taken.
        x = with_borders(x, first, [(0, 1)] * len(places))
        shape = ops.shape(x)
    strides = shape[first : first + len(places)]
    corners = [_Node(None)]
    if batched:
        corners = [_Node(ops.reshape(ops.arange(shape[0], dtype="int32"), (-1,) + (1,) * (len(places[0].shape) - 1)))]
    for place, size, stride in zip(places, sizes, strides, strict=True):
        nodes = _nodes(place, size, order, fill_mode, shares)
        corners = [
            _Node(
                node.index if corner.index is None else ops.add(ops.multiply(corner.index, stride), node.index),
                _combined(ops.multiply, corner.share, node.share),
                _combined(ops.logical_and, corner.inside, node.inside),
            )
            for corner in corners
            for node in nodes
        ]
    flat = ops.reshape(x, (math.prod(shape[: first + len(places)]), *rest))
    beyond = _held(fill_value, ops.dtype(x)) if fill_mode == "constant" else None
    total: Any = None
    for index, share, inside in corners:
        value = ops.take(flat, index, axis=0)
        if inside is not None:
            value = ops.where(ops.expand_dims(inside, -1) if rest else inside, value, beyond)
        if share is not None:
            value = ops.multiply(value, ops.expand_dims(share, -1) if rest else share)
        total = value if total is None else ops.add(total, value)
    if ops.dtype(total) == kind:
        return total
    if lattice.is_integer(kind):
        return ops.saturate_cast(ops.round(total), kind)
    return ops.cast(total, kind)


@rules.rule()
def _map_rule(inputs: Spec, coordinates: Spec, order: Any, fill_mode: str = "constant", fill_value: float = 0) -> Spec:
    if isinstance(order, bool) or order not in (0, 1):
        raise ArgumentError(
            "`order` is 0 for the nearest entry or 1 for linear interpolation.", received=f"order={order!r}"
        )
    check_fill_mode(fill_mode)
    check_places(coordinates=coordinates)
    if len(coordinates.shape) < 2 or not inputs.shape or coordinates.shape[0] not in (len(inputs.shape), None):
        raise ShapeError(
            "`coordinates` have one row for each axis of `inputs`, of one axis or more.",
            received=f"inputs={inputs}, coordinates={coordinates}",
        )
    if 0 in inputs.shape and fill_mode != "constant":
        raise ShapeError("There is an entry to begin with.", received=f"inputs={inputs}", hint="fill_mode='constant'")
    return Spec(coordinates.shape[1:], rules.same(inputs.dtype))


def _places(*shape: int, salt: int = 0) -> Any:
    return draw(*shape, low=-7.3, high=9.1, dtype="float32", salt=salt)


@composite(
    name="image.map_coordinates",
    infer=_map_rule,
    reference=sampling_oracle.map_coordinates,
    cases=[
        *(case(draw(4, 3), _places(2, 5, 2), 1, mode) for mode in FILL_MODES),
        *(case(draw(3), _places(1, 8), 0, mode) for mode in FILL_MODES),
        case(draw(3, 4), _places(2, 6), 1, fill_value=2.5),
        case(draw(2, 3, 2), _places(3, 4), 1, "reflect"),
        *(case(draw(1, 2), _places(2, 4), 1, mode) for mode in ("wrap", "mirror", "reflect")),
        case(draw(3), [[0.5, 1.5, -0.5, 2.5, -1.0, 3.0, 2.0]], 0, "wrap", gradient=False),
        case(draw(3), [[0.0, 2.0, -1.0, 3.0, 1e9, -1e9]], 1, dtypes=("float32", "float64", "bfloat16"), gradient=False),
        case(draw(3, 4), draw(2, 3, 4, dtype="int32", low=-6, high=6), 1, "mirror"),
        case(draw(3, 4), draw(2, 5, dtype="int32", low=-2, high=4), 1),
        case(draw(3, 4, dtype="uint8", high=200), _places(2, 7), 1, "wrap"),
        case(draw(3, 4, dtype="int32", low=-99, high=99), _places(2, 7), 0, "reflect"),
        case(draw(3, 4, dtype="int32", low=-99, high=99), _places(2, 7), 0, fill_value=-7),
        *(
            case(draw(5), [[1e9, -1e9, 9e8]], 0, mode, dtypes=("float32", "float64", "bfloat16"), gradient=False)
            for mode in ("wrap", "mirror", "reflect")
        ),
        case(draw(3, 4, dtype="float64"), draw(2, 3, low=0.0, high=3.0, dtype="float64"), 1),
        case(draw(3, 4, dtype="complex64"), _places(2, 7), 1, gradient=False),
        case(draw(0, 4), _places(2, 3), 1, fill_value=0.5, gradient=False),
        case(draw(3, 4), _places(2, 0), 1),
        case(draw(3, 4), _places(3, 5), 1, raises=ShapeError, match="one row for each axis"),
        case(draw(3, 4), _places(2), 1, raises=ShapeError, match="one row for each axis"),
        case(draw(), _places(1, 3), 1, raises=ShapeError, match="one row for each axis"),
        case(draw(0, 4), _places(2, 3), 1, "wrap", raises=ShapeError, match="to begin with"),
        case(draw(3, 4), draw(2, 5, dtype="complex64"), 1, raises=DTypeError, match="Places are real"),
        case(draw(3, 4), _places(2, 5), 2, raises=ArgumentError, match="`order` is 0"),
        case(draw(3, 4), _places(2, 5), 1, "edge", raises=ArgumentError, match="`fill_mode` is one of"),
    ],
)
def map_coordinates(
    inputs: Tensor, coordinates: Tensor, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Tensor:
    """The values of a tensor at places between its entries: `sum(w(i) inputs[i], i)` over the entries around each.

    With order 1 the share of an entry is `w(i) = prod(max(1 - |c_k - i_k|, 0), k)`; with order 0 it is 1 for the
    nearest entry (of two the one farther from 0).

    Args:
        inputs: A tensor of at least one axis, of any dtype.
        coordinates: Shape `(axes, *out)`: for each axis of `inputs` where along it, in entries; numbers.
        order: 0 or 1.
        fill_mode: How it goes on beyond the edges of `a b c d`. `"constant"`: `k k | a b c d | k k` with k the
            `fill_value`; `"nearest"`: `a a | a b c d | d d`; `"wrap"`: `c d | a b c d | a b`; `"mirror"`:
            `c b | a b c d | c b`; `"reflect"`: `b a | a b c d | d c`.
        fill_value: The value beyond the edges with `"constant"`. Less than one entry away, it is interpolated with.

    Returns:
        A tensor of shape `out` and the dtype of `inputs`. Between integers floats are computed, and rounded. A
        coordinate that is nan has the value nan with order 1, and so has an infinite one where `inputs` go on in
        periods. There one beyond 2,147,483,520 is taken for that.

    Raises:
        ArgumentError: There is no such order or mode.
        DTypeError: The coordinates are complex.
        ShapeError: There is not one row of coordinates for each axis, or no entry at all.

    ```python
    >>> import numpy as np
    >>> map_coordinates(np.array([1.0, 3.0]), np.array([[0.25, 1.5, -1.0]]), 1, "nearest").tolist()
    [1.5, 3.0, 1.0]

    ```
    """
    from multikeras import ops

    _map_rule(
        Spec(tuple(inputs.shape), ops.dtype(inputs)),
        Spec(tuple(coordinates.shape), ops.dtype(coordinates)),
        order,
        fill_mode,
        fill_value,
    )
    kind = ops.dtype(coordinates)
    if lattice.is_float(kind):
        coordinates = ops.cast(coordinates, places_dtype(ops.dtype(inputs), kind))
    else:
        coordinates = ops.cast(coordinates, "int32")
    return sampled(inputs, ops.unstack(coordinates, len(inputs.shape)), order, fill_mode, fill_value)
