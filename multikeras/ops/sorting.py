"""Entries in order, and the largest of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, DTypeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._indices import require_indices
from multikeras.ops._op import composite, primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.comparison import greater, greater_equal, less
from multikeras.ops.conversion import cast
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.creation import zeros_like
from multikeras.ops.finiteness import isnan
from multikeras.ops.indexing import take_along_axis
from multikeras.ops.logic import logical_and, logical_not
from multikeras.ops.reduction import sum
from multikeras.ops.rounding import clip
from multikeras.ops.shaping import expand_dims, squeeze


def _sorted_shape(x: Spec, axis: int | None) -> tuple[int | None, ...]:
    if axis is None:
        return (rules.size_of(x.shape),)
    if x.shape or axis not in (0, -1):
        rules.canonical_axis(axis, len(x.shape))
    return x.shape


@rules.rule()
def _sort_rule(x: Spec, axis: int | None = -1) -> Spec:
    return Spec(_sorted_shape(x, axis), rules.same(x.dtype))


_NANS = [2.0, float("nan"), -1.0, float("inf"), float("-inf"), float("nan"), 0.0]
_FLOATS = ("float32", "float64", "float16", "bfloat16")


@primitive(
    infer=_sort_rule,
    reference=lambda x, axis=-1: np.sort(x, axis) if x.ndim or axis is None else x,
    cases=[
        case(draw(3, 4)),
        case(draw(3, 4), axis=0),
        case(draw(2, 3, 4), axis=-2),
        case(draw(3, 4), axis=None),
        case([3, 1, 2, 1]),
        case(_NANS, dtypes=_FLOATS, gradient=False),
        case(draw()),
        case(draw(0, 2)),
        case(draw(2, 0)),
        case(draw(3, 4), axis=2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def sort(x: Tensor, axis: int | None = -1) -> Tensor:
    """The entries along an axis from the smallest to the largest; nan comes last.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis; `None` sorts the raveled tensor.

    Returns:
        A tensor of the dtype of `x`.

    Raises:
        ShapeError: There is no such axis.

    ```python
    >>> sort([3, 1, 2]).tolist()
    [1, 2, 3]

    ```
    """


@rules.rule()
def _argsort_rule(x: Spec, axis: int | None = -1) -> Spec:
    return Spec(_sorted_shape(x, axis), "int32")


@primitive(
    infer=_argsort_rule,
    reference=lambda x, axis=-1: np.argsort(x, axis, kind="stable") if x.ndim or axis is None else np.zeros((), int),
    differentiable=False,
    cases=[
        case(draw(3, 4)),
        case(draw(3, 4), axis=0),
        case(draw(2, 3, 4), axis=-2),
        case(draw(3, 4), axis=None),
        case([3, 1, 2, 1, 1]),
        case(_NANS, dtypes=_FLOATS),
        case([0.0, -0.0, 0.0], dtypes=_FLOATS),
        case(draw()),
        case(draw(0, 2)),
        case(draw(2, 0)),
        case(draw(3, 4), axis=2, raises=ShapeError, match="axis 2"),
    ],
    real=True,
)
def argsort(x: Tensor, axis: int | None = -1) -> Tensor:
    """The places of the entries along an axis from the smallest to the largest; nan comes last.

    Args:
        x: A tensor of any shape and dtype.
        axis: The axis; `None` for the raveled tensor.

    Returns:
        An int32 tensor: `take_along_axis(x, argsort(x, axis), axis)` is `sort(x, axis)`. Equal entries keep their
        order.

    Raises:
        ShapeError: There is no such axis.

    ```python
    >>> argsort([3, 1, 2]).tolist()
    [1, 2, 0]

    ```
    """


@rules.rule()
def _top_k_rule(x: Spec, k: int, sorted: bool = True) -> tuple[Spec, Spec]:
    if not x.shape:
        raise ShapeError("`top_k` takes a tensor of at least one axis.", received=str(x))
    if isinstance(k, bool) or not hasattr(k, "__index__") or k < 0:
        raise ArgumentError("`k` is an integer from 0 on.", received=repr(k))
    k = k.__index__()
    if x.shape[-1] is not None and k > x.shape[-1]:
        raise ArgumentError("`k` is at most the size of the last axis.", received=f"k={k}, {x}")
    shape = (*x.shape[:-1], k)
    return Spec(shape, rules.same(x.dtype)), Spec(shape, "int32")


def _top_k_reference(x: Any, k: int, sorted: bool = True) -> tuple[np.ndarray, np.ndarray]:
    places = np.argsort(x, -1, kind="stable")[..., ::-1][..., :k]
    return np.take_along_axis(x, places, -1), places


@primitive(
    infer=_top_k_rule,
    reference=_top_k_reference,
    cases=[
        case([[1.0, 4.0, 2.0], [6.0, 3.0, 5.0]], 2, dtypes=(*_FLOATS, "int32", "uint8")),
        case([1.0, 4.0, 2.0], 3, dtypes=(*_FLOATS, "int32")),
        case([1.0, 4.0, 2.0], 0, dtypes=_FLOATS, gradient=False),
        case(draw(2, 3, 5), 3, dtypes=("float32", "float64")),
        case(draw(0, 3), 2),
        case(draw(3), 4, raises=ArgumentError, match="at most the size"),
        case(draw(3), -1, raises=ArgumentError, match="from 0 on"),
        case(draw(), 1, raises=ShapeError, match="at least one axis"),
    ],
    real=True,
)
def top_k(x: Tensor, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:  # pyright: ignore[reportReturnType]
    """The `k` largest entries along the last axis, and their places.

    Args:
        x: A tensor of one axis or more, of any real dtype.
        k: How many, at most the size of the last axis.
        sorted: Whether they come from the largest to the smallest; else in any order.

    Returns:
        A pair of the entries, of the dtype of `x`, and of their places, int32; `k` is the size of their last axis.
        Which of equal entries are taken, and in which order, is up to the backend.

    Raises:
        ArgumentError: `k` is no integer from 0 to the size of the last axis.
        ShapeError: `x` is a scalar.

    ```python
    >>> values, places = top_k([1.0, 4.0, 2.0], 2)
    >>> values.tolist(), places.tolist()
    ([4.0, 2.0], [1, 2])

    ```
    """


@rules.rule()
def _in_top_k_rule(targets: Spec, predictions: Spec, k: int) -> Spec:
    require_indices("targets", targets, "in_top_k")
    if len(predictions.shape) != len(targets.shape) + 1 or not all(
        a == b or a is None or b is None for a, b in zip(targets.shape, predictions.shape, strict=False)
    ):
        raise ShapeError(
            "Predictions have one axis more than targets, that of the classes.",
            received=f"targets={targets}, predictions={predictions}",
        )
    if isinstance(k, bool) or not hasattr(k, "__index__"):
        raise ArgumentError("`k` is an integer.", received=repr(k))
    return Spec(rules.broadcast_shapes(targets.shape, predictions.shape[:-1]), "bool")


def _in_top_k_reference(targets: Any, predictions: Any, k: int) -> np.ndarray:
    targets = np.asarray(targets)
    result = np.zeros(targets.shape, bool)
    for place in np.ndindex(*targets.shape):
        row, target = predictions[place], targets[place]
        if 0 <= target < len(row):
            result[place] = np.sum(row > row[target]) < k and not np.isnan(row[target])
    return result


@composite(
    infer=_in_top_k_rule,
    reference=_in_top_k_reference,
    differentiable=False,
    cases=[
        case([1, 0], [[0.1, 0.9, 0.0], [0.2, 0.3, 0.5]], 1),
        case([1, 0], [[0.1, 0.9, 0.0], [0.2, 0.3, 0.5]], 2),
        case([1, 0], [[0.1, 0.9, 0.0], [0.2, 0.3, 0.5]], 3),
        case([-1, 3], [[0.1, 0.9, 0.0], [0.2, 0.3, 0.5]], 3),
        case([0, 1], [[0.5, 0.5], [0.5, 0.5]], 1),
        case([0, 1], [[float("nan"), 0.5], [float("nan"), 0.5]], 1, dtypes=("float32", "float64")),
        case(np.array([[1], [2]], "int64"), draw(2, 1, 3), 2),
        case(1, draw(3), 2),
        case([1, 0], [[0.1, 0.9]], 1, raises=ShapeError, match="one axis more"),
        case([0.5], [[0.1, 0.9]], 1, raises=DTypeError, match="integer dtype"),
        # By now the fast path knows the call with real predictions.
        case([1, 0], draw(2, 3, dtype="complex64"), 1, raises=DTypeError, match="real numbers"),
    ],
    real=True,
)
def in_top_k(targets: Tensor, predictions: Tensor, k: int) -> Tensor:
    """Whether the class of each target is among the `k` with the largest predictions: fewer than `k` are larger.

    Args:
        targets: Class indices, of an integer dtype and any shape. One that is no class is never among them.
        predictions: Shape `(*targets.shape, classes)`, any real dtype; a class predicted nan is never among them.
        k: How many.

    Returns:
        A bool tensor of the shape of `targets`. Of classes with equal predictions all count.

    Raises:
        DTypeError: `targets` has no integer dtype.
        ShapeError: The shapes do not fit.

    ```python
    >>> in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], 1).tolist()
    [True, False]

    ```
    """
    _in_top_k_rule(Spec(tuple(targets.shape), dtype_of(targets)), Spec(tuple(predictions.shape), "float32"), k)
    classes = predictions.shape[-1]
    if classes == 0:
        return zeros_like(targets, "bool")
    known = logical_and(greater_equal(targets, 0), less(targets, classes))
    own = take_along_axis(predictions, expand_dims(clip(targets, 0, max(classes - 1, 0)), -1), -1)
    above = sum(cast(greater(predictions, own), "int32"), -1)
    valid = logical_and(known, logical_not(isnan(squeeze(own, -1))))
    return logical_and(less(above, k), valid)


@rules.rule("promote")
def _searchsorted_rule(sorted_sequence: Spec, values: Spec, side: str = "left") -> Spec:
    if len(sorted_sequence.shape) != 1:
        raise ShapeError("`searchsorted` looks into a tensor of one axis.", received=str(sorted_sequence))
    if side not in ("left", "right"):
        raise ArgumentError('side is "left" or "right".', received=repr(side))
    return Spec(values.shape, "int32")


def _searchsorted_reference(sorted_sequence: Any, values: Any, side: Any = "left") -> Any:
    return np.searchsorted(sorted_sequence, values, side)


@primitive(
    infer=_searchsorted_rule,
    reference=_searchsorted_reference,
    differentiable=False,
    cases=[
        case([1.0, 2.0, 2.0, 3.0], [0.0, 2.0, 2.5, 9.0]),
        case([1.0, 2.0, 2.0, 3.0], [0.0, 2.0, 2.5, 9.0], side="right"),
        case([1, 2, 3], [[1, 3], [0, 4]]),
        case([1, 2, 3], 2.5),
        case(np.zeros((0,), "float32"), [1.0]),
        case([1.0, 2.0], np.zeros((0,), "float32")),
        case([1.0, 2.0], [1.0], side="middle", raises=ArgumentError, match="side is"),
        case([[1.0, 2.0]], [1.0], raises=ShapeError, match="one axis"),
    ],
    real=True,
)
def searchsorted(sorted_sequence: Tensor, values: Tensor, side: str = "left") -> Tensor:
    """Where values would go in a sorted sequence.

    Args:
        sorted_sequence: A tensor of one axis, from the smallest entry to the largest.
        values: A tensor of any shape.
        side: `"left"`: before equal entries. `"right"`: behind them.

    Returns:
        An int32 tensor of the shape of `values`.

    Raises:
        ArgumentError: There is no such side.
        ShapeError: `sorted_sequence` does not have one axis.

    ```python
    >>> searchsorted([1, 2, 2, 3], [2, 9]).tolist()
    [1, 4]

    ```
    """


@rules.rule()
def _argpartition_rule(x: Spec, kth: int, axis: int | None = -1) -> Spec:
    if isinstance(kth, bool) or not hasattr(kth, "__index__"):
        raise ArgumentError("`kth` is an integer.", received=f"kth={kth!r}", hint="kth=1")
    size = rules.size_of(x.shape) if axis is None else None
    if axis is not None:
        size = x.shape[rules.canonical_axis(axis, len(x.shape))]
    if size is not None and not -size <= kth.__index__() < size:
        raise ShapeError("`kth` is a place along the axis.", received=f"kth={kth}, {size} entries")
    return Spec((size,) if axis is None else x.shape, "int32")


@composite(
    infer=_argpartition_rule,
    reference=lambda x, kth, axis=-1: np.argsort(x, axis=axis, kind="stable"),
    cases=[
        # Few entries, whose order the one place that is asked for decides.
        case(draw(3), 1, dtypes=_FLOATS),
        case(draw(2, 3), -2, dtypes=_FLOATS),
        case(draw(2, 4), -1, axis=0, dtypes=_FLOATS),
        case(draw(3, 1), 1, axis=None, dtypes=_FLOATS),
        case(np.array([3, 1, 2], "int8"), 1),
        case(np.array([3, 1, 2], "uint8"), 1),
        case(np.array([3, 1, 2], "int64"), 1),
        case([3, 1, 2], 1),
        case([True, False], 0),
        case([1.0, float("nan"), -1.0], 1),
        case([2.0, float("nan")], 0),
        case(draw(0, 3), 1),
        case(draw(3), 3, raises=ShapeError, match="place along"),
        case(draw(0), 0, raises=ShapeError, match="place along"),
        case(draw(3), 0.5, raises=ArgumentError, match="an integer"),
        case(draw(3), 0, axis=1, raises=ShapeError, match="axis 1"),
    ],
    differentiable=False,
    real=True,
)
def argpartition(x: Tensor, kth: int, axis: int | None = -1) -> Tensor:
    """Where to find the entries along an axis, so that the one that sorting brings to place `kth` comes there, none
    before it is larger and none behind it smaller.

    That much is promised; in which order the other entries are is up to the backend.

    Args:
        x: A tensor of one axis or more, of any real dtype.
        kth: The place, from the end where it is negative.
        axis: The axis; `None` flattens `x` first.

    Returns:
        An int32 tensor of the shape of `x`, or of one axis.

    Raises:
        ArgumentError: `kth` is no integer.
        ShapeError: There is no such place, or no such axis.

    ```python
    >>> argpartition([7, 1, 5], 1).tolist()
    [1, 2, 0]

    ```
    """
    _argpartition_rule(Spec(tuple(x.shape), "float32"), kth, axis)
    return argsort(x, axis)
