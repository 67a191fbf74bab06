"""Entries repeated, and borders added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import read_shape, read_size
from multikeras.ops._types import Tensor
from multikeras.ops.conversion import dtype
from multikeras.ops.shaping import broadcast_to, reshape

PAD_MODES = (
    "constant",
    "edge",
    "linear_ramp",
    "maximum",
    "mean",
    "median",
    "minimum",
    "reflect",
    "symmetric",
    "wrap",
    "empty",
    "circular",
)

ORDERED_PADS = ("maximum", "minimum", "median")
"""The modes that complex numbers have no order for."""


@rules.rule()
def _tile_rule(x: Spec, repeats: Any) -> Spec:
    counts = read_shape(repeats, "repeats")
    ndim = max(len(counts), len(x.shape))
    shape = (1,) * (ndim - len(x.shape)) + x.shape
    counts = (1,) * (ndim - len(counts)) + counts
    return Spec(
        tuple(
            0 if 0 in (size, count) else None if size is None or count is None else size * count
            for size, count in zip(shape, counts, strict=True)
        ),
        rules.same(x.dtype),
    )


@primitive(
    infer=_tile_rule,
    reference=np.tile,
    cases=[
        case(draw(2, 3), (2, 1)),
        case(draw(2, 3), 2),
        case(draw(2), [2, 3]),
        case(draw(2, 1, 2), (2, 2)),
        case(draw(), (2,)),
        case(draw(2), (0,)),
        case(draw(0, 2), (2, 2)),
        case(draw(2, dtype="bool"), 2),
        case(draw(2), (-1,), raises=ShapeError, match="from 0 on"),
        case(draw(0), (-1,), raises=ShapeError, match="from 0 on"),
    ],
)
def tile(x: Tensor, repeats: int | Sequence[int]) -> Tensor:
    """Copies of `x` laid side by side along each axis.

    Args:
        x: A tensor of any shape and dtype.
        repeats: How many copies along each axis, aligned at the right; missing ones are 1.

    Returns:
        A tensor of the dtype of `x`, each size multiplied by its number of copies.

    Raises:
        ShapeError: A number is negative.

    ```python
    >>> tile([1, 2], 2).tolist()
    [1, 2, 1, 2]

    ```
    """


_NO_COUNTS = lattice.FLOATS | lattice.COMPLEX | {"bool"}


@rules.rule()
def _repeat_rule(x: Spec, repeats: Any, axis: int | None = None) -> Spec:
    kind = getattr(repeats, "dtype", None)
    if kind is not None and lattice.standardize(kind) in _NO_COUNTS:
        raise ArgumentError("Entries are repeated a whole number of times.", received=f"repeats={repeats!r}")
    shape = (rules.size_of(x.shape),) if axis is None else x.shape
    position = 0 if axis is None else rules.canonical_axis(axis, len(shape))
    size, total = shape[position], _repeats_total(repeats, shape[position])
    if total is not None and total < 0:
        raise ShapeError("Entries are repeated 0 times or more.", received=f"repeats={repeats}")
    if isinstance(total, int) and _is_single(repeats):
        total = None if size is None else size * total
    return Spec((*shape[:position], total, *shape[position + 1 :]), rules.same(x.dtype))


def _is_single(repeats: Any) -> bool:
    if isinstance(repeats, (list, tuple)):
        return len(repeats) == 1
    return tuple(getattr(repeats, "shape", ())) in ((), (1,))


def _repeats_total(repeats: Any, size: int | None) -> int | None:
    """The sum of the numbers of copies, or the one number."""
    if _is_single(repeats):
        return read_size(
            repeats[0] if getattr(repeats, "ndim", None) or isinstance(repeats, (list, tuple)) else repeats
        )
    count = len(repeats) if isinstance(repeats, (list, tuple)) else repeats.shape[0]
    if size is not None and count != size:
        raise ShapeError(
            "There is one number of copies for all entries, or one for each.",
            received=f"{count} numbers for {size} entries",
        )
    entries = [read_size(entry) for entry in repeats] if isinstance(repeats, (list, tuple, np.ndarray)) else [None]
    if any(entry is not None and entry < 0 for entry in entries):
        return -1
    return None if None in entries else sum(entry for entry in entries if entry is not None)


@primitive(
    infer=_repeat_rule,
    reference=np.repeat,
    cases=[
        case(draw(2, 3), 2),
        case(draw(2, 3), 2, axis=1),
        case(draw(2, 3), [1, 2], axis=0),
        case(draw(2, 3), (0, 1, 3), axis=-1),
        case(draw(2, 3), 0, axis=0),
        case(draw(2), [2]),
        case(draw(), 3),
        case(draw(0, 2), 2, axis=0),
        case(draw(2, dtype="bool"), 2),
        case(draw(2, 3), 2, axis=2, raises=ShapeError, match="axis 2"),
        case(draw(2, 3), [1, 2, 3], axis=0, raises=ShapeError, match="one for each"),
        case(draw(2), -1, raises=ShapeError, match="0 times or more"),
        case(draw(3), (-1, 1, 3), 0, raises=ShapeError, match="0 times or more"),
        case(draw(0), -1, raises=ShapeError, match="0 times or more"),
    ],
)
def repeat(x: Tensor, repeats: int | Sequence[int] | Any, axis: int | None = None) -> Tensor:
    """Each entry along an axis, several times in a row.

    Args:
        x: A tensor of any shape and dtype.
        repeats: How many times: one number, or one for each entry of the axis.
        axis: The axis; by default those of the raveled tensor are repeated.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis, or not one number for each entry; a number is negative.

    ```python
    >>> repeat([1, 2], [1, 3]).tolist()
    [1, 2, 2, 2]

    ```
    """


def pad_widths(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """How many entries are added before and behind along each axis.

    Args:
        pad_width: One number, one for each axis or pairs, as `pad` takes it.
        ndim: The number of axes.

    Raises:
        ArgumentError: It is none of these.
        ShapeError: It does not fit the number of axes, or a width is negative.
    """
    try:
        widths = np.asarray(pad_width)
    except ValueError:
        widths = np.asarray(None)
    if widths.dtype.kind not in "iu":
        raise ArgumentError(
            "Padding widths are integers.", received=f"pad_width={pad_width!r}", hint="((0, 0), (1, 2))"
        )
    if widths.size and widths.min() < 0:
        raise ShapeError("Padding widths are 0 or more.", received=f"pad_width={pad_width}")
    try:
        pairs = np.broadcast_to(widths, (ndim, 2))
    except ValueError:
        raise ShapeError(
            "There is one pair of padding widths for each axis, or one for all.",
            received=f"pad_width={pad_width}, {ndim} axes",
        ) from None
    return tuple((int(before), int(behind)) for before, behind in pairs)


@rules.rule()
def _pad_rule(x: Spec, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Spec:
    pairs = pad_widths(pad_width, len(x.shape))
    if mode not in PAD_MODES:
        raise ArgumentError(f"mode is one of {', '.join(PAD_MODES)}.", received=repr(mode), hint="mode='constant'")
    if constant_values is not None and mode != "constant":
        raise ArgumentError("`constant_values` goes with mode='constant'.", received=f"mode={mode!r}")
    if constant_values is not None:
        rules.require_number("constant_values", constant_values)
    rules.require_fit(constant_values, rules.same(x.dtype))
    if mode in ORDERED_PADS and lattice.strong(x.dtype) in lattice.COMPLEX:
        raise DTypeError(f"Mode {mode!r} takes real numbers.", received=f"x={x}", hint="mode='edge'")
    sizes = []
    for size, (before, behind) in zip(x.shape, pairs, strict=True):
        if size == 0 and before + behind and mode not in ("constant", "empty"):
            raise ShapeError(f"An empty axis has no entries to pad with in mode {mode!r}.", received=str(x))
        sizes.append(None if size is None else size + before + behind)
    return Spec(tuple(sizes), rules.same(x.dtype))


def _pad_reference(x: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = None) -> np.ndarray:
    keywords = {} if constant_values is None else {"constant_values": constant_values}
    named: Any = {"circular": "wrap", "empty": "constant"}
    return np.pad(x, pad_width, mode=named.get(mode, mode), **keywords)


@composite(
    infer=_pad_rule,
    reference=_pad_reference,
    cases=[
        case(draw(2, 3), 1),
        case(draw(2, 3), (2,)),
        case(draw(2, 3), ((1, 2),)),
        case(draw(2, 3), ((0, 1), (2, 0)), constant_values=1.5),
        case(draw(2, 3), [[1], [2]], constant_values=2),
        case(draw(2, 3, dtype="int32"), 1, constant_values=7),
        case(draw(2, dtype="bool"), 1),
        case(draw(0, 2), 1),
        case(draw(), 0),
        case(draw(2, 3), ((1, 2), (3, 1)), mode="edge"),
        case(draw(2, 3), ((1, 2), (3, 1)), mode="linear_ramp"),
        case(draw(2, 3), ((1, 2), (3, 1)), mode="maximum"),
        case(draw(2, 3), ((1, 2), (3, 1)), mode="minimum"),
        case(draw(2, 3), ((1, 2), (3, 1)), mode="mean"),
        case(draw(2, 4), ((1, 2), (3, 1)), mode="median", gradient=False),
        case(draw(2, 3), ((0, 1), (5, 4)), mode="reflect"),
        case(draw(2, 3), ((0, 1), (5, 4)), mode="symmetric"),
        case(draw(2, 3), ((0, 1), (5, 4)), mode="wrap"),
        case(draw(2, 3), ((0, 1), (5, 4)), mode="circular"),
        case(draw(2, 3), 0, mode="empty"),
        case(draw(2, 3, dtype="int32"), 1, mode="reflect"),
        case(draw(2, 3, dtype="uint8"), 1, constant_values=-1, raises=ArgumentError, match="fits the dtype"),
        case(draw(2, 3), 1, mode="edge", constant_values=1.0, raises=ArgumentError, match="constant_values"),
        case(draw(2, dtype="complex64"), 1, mode="maximum", raises=DTypeError, match="real numbers"),
        case(draw(2, 3), 1, mode="mirror", raises=ArgumentError, match="mode is one of"),
        case(draw(2, 3), ((1, 1), (1, 1), (1, 1)), raises=ShapeError, match="one pair"),
        case(draw(2, 3), -1, raises=ShapeError, match="0 or more"),
        case(draw(2, 3), 1, constant_values="a", raises=ArgumentError, match="`constant_values` is a number"),
        case(draw(0, 3), 1, mode="reflect", raises=ShapeError, match="no entries to pad with"),
    ],
)
def pad(x: Tensor, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """`x` with entries added before and behind it along each axis.

    Args:
        x: A tensor of any shape and dtype.
        pad_width: How many: `((before, behind), ...)` for each axis, `((before, behind),)` or a number for all.
        mode: What is added. `"constant"`: `constant_values`. `"edge"`: the entry at the edge. `"reflect"` and
            `"symmetric"`: the mirror image, without and with the entry at the edge. `"wrap"`, also called `"circular"`:
            the entries from the other end. `"maximum"`, `"minimum"`, `"mean"` and `"median"`: those of the axis.
            `"linear_ramp"`: a ramp from the edge down to 0. `"empty"`: nothing in particular, here zeros.
        constant_values: The number to add in mode `"constant"`; 0 by default.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ArgumentError: There is no such mode, `constant_values` is given in another one, or the dtype does not hold it.
        DTypeError: Complex numbers have no maximum, minimum or median.
        ShapeError: `pad_width` does not fit the axes.

    ```python
    >>> pad([1, 2], 1).tolist(), pad([1, 2, 3], (2, 0), mode="reflect").tolist()
    ([0, 1, 2, 0], [3, 2, 1, 2, 3])

    ```
    """
    _pad_rule(Spec(tuple(x.shape), dtype(x)), pad_width, mode, constant_values)
    for axis, (before, behind) in enumerate(pad_widths(pad_width, len(x.shape))):
        if before or behind:
            x = _padded(x, axis, before, behind, mode, 0 if constant_values is None else constant_values)
    return x


def _padded(x: Any, axis: int, before: int, behind: int, mode: str, value: Any) -> Any:
    """`x` padded along one axis."""
    from multikeras import ops

    size = x.shape[axis]
    if mode in ("edge", "reflect", "symmetric", "wrap", "circular"):
        places = np.pad(np.arange(size, dtype="int32"), (before, behind), "wrap" if mode == "circular" else mode)
        return ops.take(x, places, axis)
    if mode in ("constant", "empty"):
        block = ops.full_like(ops.sum(x, axis, keepdims=True), value, dtype=ops.dtype(x))
        return _between(ops.repeat(block, before, axis), x, ops.repeat(block, behind, axis), axis)
    if mode == "linear_ramp":
        first, last = ops.take(x, [0], axis), ops.take(x, [size - 1], axis)
        front = _ramp(first, np.arange(before), before, axis)
        return _between(front, x, _ramp(last, np.arange(behind)[::-1], behind, axis), axis)
    kept = {"maximum": ops.max, "minimum": ops.min, "mean": ops.mean, "median": _middle}[mode](x, axis, keepdims=True)
    if ops.dtype(kept) != ops.dtype(x):
        kept = ops.cast(ops.round(kept) if lattice.is_integer(ops.dtype(x)) else kept, ops.dtype(x))
    return _between(ops.repeat(kept, before, axis), x, ops.repeat(kept, behind, axis), axis)


def _between(front: Any, x: Any, back: Any, axis: int) -> Any:
    from multikeras.ops.joining import concatenate

    return concatenate([front, x, back], axis)


def _middle(x: Any, axis: int, keepdims: bool = True) -> Any:
    """The median along an axis, which is kept."""
    from multikeras import ops

    size = x.shape[axis]
    return ops.mean(ops.take(ops.sort(x, axis), [(size - 1) // 2, size // 2], axis), axis, keepdims)


def _ramp(edge: Any, places: np.ndarray, steps: int, axis: int) -> Any:
    """`edge * places / steps` along an axis where `edge` has one entry, rounded down to integer dtypes."""
    from multikeras import ops

    shape = [1] * len(edge.shape)
    shape[axis] = len(places)
    dtype = ops.dtype(edge)
    places = places.reshape(shape)
    if lattice.is_integer(dtype):
        whole = dtype if dtype.endswith("64") else "int32"
        product = ops.multiply(ops.cast(edge, whole), ops.convert_to_tensor(places, whole))
        return ops.cast(ops.floor_divide(product, max(steps, 1)), dtype)
    name = "float32" if dtype == "bool" else dtype
    factors = (places / max(steps, 1)).astype(lattice.numpy_dtype(name))
    return ops.cast(ops.multiply(ops.cast(edge, name), ops.convert_to_tensor(factors)), dtype)


def _meshgrid_sizes(x: Sequence[Any], indexing: str) -> tuple[list[int], list[int | None]]:
    """The place of each tensor's entries among the axes of the result, and the sizes of these."""
    if indexing not in ("xy", "ij"):
        raise ArgumentError('indexing is "xy" or "ij".', received=repr(indexing))
    places = list(range(len(x)))
    if indexing == "xy" and len(x) > 1:
        places[:2] = [1, 0]
    counts = [rules.size_of(each.shape) for each in x]
    return places, [counts[places[i]] for i in range(len(x))]


@rules.rule()
def _meshgrid_rule(*x: Spec, indexing: str = "xy") -> list[Spec]:
    _, sizes = _meshgrid_sizes(x, indexing)
    return [Spec(tuple(sizes), rules.same(each.dtype)) for each in x]


@composite(
    infer=_meshgrid_rule,
    reference=np.meshgrid,
    cases=[
        case(draw(2), draw(3)),
        case(draw(2), draw(3), draw(4), indexing="ij"),
        case(draw(2), draw(3), draw(4)),
        case(draw(2)),
        case(draw(2), draw()),
        case(draw(2, 2), draw(3)),
        case(draw(0), draw(2)),
        case(draw(2, dtype="int32"), draw(3, dtype="float32")),
        case(draw(2), draw(3), indexing="ji", raises=ArgumentError, match="indexing"),
    ],
)
def meshgrid(*x: Tensor, indexing: str = "xy") -> list[Tensor]:
    """The coordinates of the points of a grid: entry `i` of the result holds the `i`-th coordinate of each point.

    Args:
        *x: The coordinates along each axis of the grid, of any dtypes; tensors of several axes are raveled.
        indexing: `"ij"`: the axes of the results are in the order of the arguments; `"xy"`: the first two exchanged.

    Returns:
        As many tensors as arguments, all of the grid's shape, each of the dtype of its argument.

    Raises:
        ArgumentError: `indexing` is neither.

    ```python
    >>> columns, rows = meshgrid([1, 2, 3], [4, 5])
    >>> columns.tolist(), rows.tolist()
    ([[1, 2, 3], [1, 2, 3]], [[4, 4, 4], [5, 5, 5]])

    ```
    """
    from multikeras.ops.conversion import shape

    places, sizes = _meshgrid_sizes(x, indexing)
    if None in sizes:
        counts = [shape(reshape(each, (-1,)))[0] for each in x]
        sizes = [counts[places[i]] for i in range(len(x))]
    grids = []
    for each, place in zip(x, places, strict=True):
        along = [1] * len(x)
        along[place] = -1
        grids.append(broadcast_to(reshape(each, along), tuple(sizes)))
    return grids
