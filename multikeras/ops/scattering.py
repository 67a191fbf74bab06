"""Windows read and written, and entries written by index."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._indices import check_range, require_indices
from multikeras.ops._op import primitive
from multikeras.ops._samples import case, draw
from multikeras.ops._shapes import broadcasts_to, read_shape, read_size
from multikeras.ops._types import Tensor

REDUCTIONS = ("add", "max", "min", "mul")
# Complex numbers have no order.
ORDERED = ("max", "min")


def _starts(start_indices: Any, ndim: int) -> list[int | None]:
    """Where a window starts, `None` where only a compiled step will know."""
    starts: list[int | None]
    if isinstance(start_indices, (list, tuple, np.ndarray)):
        starts = [read_size(start) for start in start_indices]
    elif ndim == 1 and hasattr(start_indices, "__index__") and not getattr(start_indices, "shape", ()):
        starts = [read_size(start_indices)]
    elif not hasattr(start_indices, "shape"):
        raise ArgumentError("A window has one start for each axis.", received=f"{start_indices!r}, {ndim} axes")
    else:
        count = tuple(getattr(start_indices, "shape", ()))
        starts = [None] * (count[0] if count and count[0] is not None else ndim)
    if len(starts) != ndim:
        raise ShapeError("A window has one start for each axis.", received=f"{len(starts)} starts, {ndim} axes")
    return starts


def _check_window(starts: Sequence[int | None], window: Shape, shape: Shape) -> None:
    for axis, (start, length, size) in enumerate(zip(starts, window, shape, strict=True)):
        if start is not None and start < 0:
            raise ShapeError("A window starts at 0 or behind it.", received=f"start {start}, axis {axis}")
        if size is not None and length is not None and (start or 0) + length > size:
            raise ShapeError(
                "A window lies inside the tensor.", received=f"start {start}, {length} of {size} entries, axis {axis}"
            )


@rules.rule()
def _slice_rule(inputs: Spec, start_indices: Any, shape: Any) -> Spec:
    starts = _starts(start_indices, len(inputs.shape))
    window = window_shape(inputs.shape, starts, shape)
    _check_window(starts, window, inputs.shape)
    return Spec(window, rules.same(inputs.dtype))


def window_shape(inputs: Shape, starts: Sequence[int | None], shape: Any) -> Shape:
    """The shape of a window, in which -1 is the rest of an axis.

    Raises:
        ShapeError: There is not one size for each axis, or one is below -1.
    """
    marked = tuple(shape) if isinstance(shape, (list, tuple, np.ndarray)) else (shape,)
    sizes = [read_size(size) for size in marked]
    if len(sizes) != len(inputs):
        raise ShapeError("A window has one size for each axis.", received=f"{len(sizes)} sizes, {len(inputs)} axes")
    window: list[int | None] = []
    for size, start, whole in zip(sizes, starts, inputs, strict=True):
        if size == -1:
            size = None if start is None or whole is None else whole - start
        if size is not None and size < 0:
            raise ShapeError("A window has sizes from 0 on, or -1 for the rest.", received=f"shape={marked}")
        window.append(size)
    return tuple(window)


def _slice_reference(inputs: np.ndarray, start_indices: Any, shape: Any) -> np.ndarray:
    ends = [None if n == -1 else s + n for s, n in zip(start_indices, shape, strict=True)]
    return inputs[tuple(builtins.slice(s, e) for s, e in zip(start_indices, ends, strict=True))]


@primitive(
    infer=_slice_rule,
    reference=_slice_reference,
    differentiable=("inputs",),
    cases=[
        case(draw(4, 5), (1, 2), (2, 3)),
        case(draw(4, 5), [0, 0], [4, 5]),
        case(draw(4, 5), np.array([1, 2]), (3, 2)),
        case(draw(4, 5), (1, 2), (-1, 2)),
        case(draw(4, 5), (2, 5), (1, 0)),
        case(draw(4), (1,), (2,)),
        case(draw(4, dtype="bool"), (1,), (2,)),
        case(draw(4, 5), (3, 0), (2, 1), raises=ShapeError, match="inside the tensor"),
        case(draw(4, 5), (-1, 0), (1, 1), raises=ShapeError, match="starts at 0"),
        case(draw(4, 5), (0,), (1, 1), raises=ShapeError, match="one start for each"),
        case(draw(4, 5), (0, 0), (1,), raises=ShapeError, match="one size for each"),
        case(draw(4, 5), (0, 0), (1, -2), raises=ShapeError, match="from 0 on"),
        case(draw(4, 5), 1, (2, 2), raises=ArgumentError, match="one start for each axis"),
    ],
)
def slice(inputs: Tensor, start_indices: Any, shape: Sequence[int]) -> Tensor:
    """A window of a tensor.

    Args:
        inputs: A tensor of any dtype.
        start_indices: Its first entry along each axis: integers, or one tensor of them.
        shape: Its size along each axis; -1 for the rest of the axis.

    Returns:
        A tensor of that shape and the dtype of `inputs`.

    Raises:
        ShapeError: The window does not lie inside the tensor. Inside compiled steps, where the start has no value yet,
            it is moved there.

    ```python
    >>> slice([[1, 2, 3], [4, 5, 6]], (0, 1), (2, 2)).tolist()
    [[2, 3], [5, 6]]

    ```
    """


@rules.rule()
def _slice_update_rule(inputs: Spec, start_indices: Any, updates: Spec) -> Spec:
    starts = _starts(start_indices, len(inputs.shape))
    if len(updates.shape) != len(inputs.shape):
        raise ShapeError("`updates` has as many axes as `inputs`.", received=f"{inputs} and updates={updates}")
    _check_window(starts, updates.shape, inputs.shape)
    return Spec(inputs.shape, rules.same(inputs.dtype))


def _slice_update_reference(inputs: np.ndarray, start_indices: Any, updates: np.ndarray) -> np.ndarray:
    result = np.array(inputs)
    result[tuple(builtins.slice(s, s + n) for s, n in zip(start_indices, updates.shape, strict=True))] = updates
    return result


@primitive(
    infer=_slice_update_rule,
    reference=_slice_update_reference,
    differentiable=("inputs", "updates"),
    cases=[
        case(draw(4, 5), (1, 2), draw(2, 3, salt=1)),
        case(draw(4, 5), [0, 0], draw(4, 5, salt=1)),
        case(draw(4, 5), np.array([1, 2]), draw(0, 3)),
        case(draw(4, dtype="float32"), (1,), draw(2, dtype="int32")),
        case(draw(4, dtype="bool"), (1,), draw(2, dtype="bool")),
        case(draw(4, 5), (3, 0), draw(2, 1), raises=ShapeError, match="inside the tensor"),
        case(draw(4, 5), (0, -1), draw(2, 1), raises=ShapeError, match="starts at 0"),
        case(draw(4, 5), (0, 0), draw(2), raises=ShapeError, match="as many axes"),
    ],
)
def slice_update(inputs: Tensor, start_indices: Any, updates: Tensor) -> Tensor:
    """A tensor with other entries in a window.

    Args:
        inputs: A tensor of any dtype.
        start_indices: The window's first entry along each axis: integers, or one tensor of them.
        updates: The entries; their shape is the window's. They are cast to the dtype of `inputs`.

    Returns:
        A tensor like `inputs`, which is left as it is.

    Raises:
        ShapeError: The window does not lie inside the tensor. Inside compiled steps, where the start has no value yet,
            it is moved there.

    ```python
    >>> slice_update([[1, 2], [3, 4]], (1, 0), [[0, 0]]).tolist()
    [[1, 2], [0, 0]]

    ```
    """


def _scattered(indices: Spec, updates: Spec, shape: Shape, what: str) -> None:
    """Check the indices and the entries that are written into a tensor of a shape."""
    if not indices.shape:
        raise ShapeError("`indices` has at least one axis.", received=str(indices))
    depth = indices.shape[-1]
    if depth is None:
        return
    if depth > len(shape):
        raise ShapeError(
            "The last axis of `indices` has at most one entry for each axis.",
            received=f"indices={indices} for {len(shape)} axes",
        )
    wanted = (*indices.shape[:-1], *shape[depth:])
    if not broadcasts_to(updates.shape, wanted):
        raise ShapeError(f"`{what}` broadcasts to shape {wanted}.", received=f"{what}={updates}, indices={indices}")


def _explain_scatter(shape: Shape, indices: np.ndarray) -> None:
    for axis in range(indices.shape[-1]):
        check_range(indices[..., axis], shape[axis], axis)  # type: ignore[arg-type]


@rules.rule()
def _scatter_rule(indices: Spec, values: Spec, shape: Any) -> Spec:
    require_indices("indices", indices, "scatter")
    sizes = read_shape(shape)
    _scattered(indices, values, sizes, "values")
    return Spec(sizes, rules.same(values.dtype))


def _write(result: np.ndarray, indices: Any, updates: np.ndarray, reduction: str | None) -> np.ndarray:
    """The oracle: one index after the other."""
    indices = np.asarray(indices)
    rows = indices.reshape(-1, indices.shape[-1])
    rest = result.shape[indices.shape[-1] :]
    entries = np.broadcast_to(updates, indices.shape[:-1] + rest).reshape((len(rows), *rest))
    combine = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}
    for row, entry in zip(rows, entries, strict=True):
        place = tuple(row)
        result[place] = entry if reduction is None else combine[reduction](result[place], entry)
    return result


@primitive(
    infer=_scatter_rule,
    reference=lambda indices, values, shape: _write(np.zeros(shape, values.dtype), indices, values, "add"),
    explain=lambda indices, values, shape: _explain_scatter(read_shape(shape), indices),
    differentiable=("values",),
    cases=[
        case([[0], [2]], draw(2), (4,)),
        case([[0, 1], [2, 3]], draw(2), (3, 4)),
        case([[1], [3]], draw(2, 5), (4, 5)),
        case([[1], [1], [0]], draw(3), (2,)),
        case([[-1]], draw(1), (3,)),
        case([[[0, 1]], [[1, 0]]], draw(2, 1), (2, 2)),
        case(np.zeros((0, 1), "int32"), draw(0), (3,)),
        case(np.array([[0], [1]], "int64"), draw(2, dtype="int32"), (2,)),
        case([[3]], draw(1), (3,), raises=IndexRangeError, match="from -3 to 2"),
        case([[0, 0]], draw(1), (3,), raises=ShapeError, match="at most one entry"),
        case([[0]], draw(2), (3,), raises=ShapeError, match="broadcasts to"),
        case([[0.0]], draw(1), (3,), raises=DTypeError, match="integer dtype"),
    ],
)
def scatter(indices: Tensor, values: Tensor, shape: Sequence[int]) -> Tensor:
    """A tensor of zeros to which entries are added at some places.

    Args:
        indices: The places, of an integer dtype and shape `(..., k)`: the last axis indexes the first `k` axes of the
            result, negative indices from the end. Entries of places that occur several times add up.
        values: The entries, which broadcast to shape `(..., *shape[k:])`.
        shape: The result's shape.

    Returns:
        A tensor of that shape and the dtype of `values`.

    Raises:
        DTypeError: `indices` has no integer dtype.
        IndexRangeError: An index points at no entry. Inside compiled steps, where indices have no values yet, what
            would go there is left out.
        ShapeError: The shapes do not fit.

    ```python
    >>> scatter([[0], [2], [2]], [1, 2, 3], (4,)).tolist()
    [1, 0, 5, 0]

    ```
    """


@rules.rule()
def _scatter_update_rule(inputs: Spec, indices: Spec, updates: Spec, reduction: str | None = None) -> Spec:
    require_indices("indices", indices, "scatter_update")
    if reduction is not None and reduction not in REDUCTIONS:
        raise ArgumentError(f"reduction is None or one of {', '.join(REDUCTIONS)}.", received=repr(reduction))
    if reduction in ORDERED and lattice.is_complex(inputs.dtype):
        raise DTypeError(
            f"Reduction {reduction!r} takes real numbers.", received=f"inputs={inputs}", hint="reduction='add'"
        )
    _scattered(indices, updates, inputs.shape, "updates")
    return Spec(inputs.shape, rules.same(inputs.dtype))


@primitive(
    infer=_scatter_update_rule,
    reference=lambda inputs, indices, updates, reduction=None: _write(np.array(inputs), indices, updates, reduction),
    explain=lambda inputs, indices, updates, reduction=None: _explain_scatter(inputs.shape, indices),
    differentiable=("inputs", "updates"),
    cases=[
        case(draw(4), [[0], [2]], draw(2, salt=1)),
        case(draw(3, 4), [[0, 1], [2, -1]], draw(2, salt=1)),
        case(draw(3, 4), [[2]], draw(1, 4, salt=1)),
        case(draw(3), [[1], [1]], draw(2, salt=1), reduction="add"),
        case(draw(3), [[1], [1]], draw(2, salt=1), reduction="max", gradient=False),
        case(draw(3), [[1], [1]], draw(2, salt=1), reduction="min", gradient=False),
        case(draw(3, low=0.5), [[1], [1]], draw(2, low=0.5, salt=1), reduction="mul"),
        case(draw(3, dtype="float32"), [[1]], draw(1, dtype="int32")),
        case(draw(3), [[3]], draw(1), raises=IndexRangeError, match="from -3 to 2"),
        case(
            draw(3, dtype="complex64"), [[0]], draw(1), reduction="max", raises=DTypeError, match="takes real numbers"
        ),
        case(draw(3), [[0]], draw(1), reduction="mean", raises=ArgumentError, match="reduction is None"),
        case(draw(3), [[0, 0]], draw(1), raises=ShapeError, match="at most one entry"),
        case(draw(3), [[0]], draw(2), raises=ShapeError, match="broadcasts to"),
    ],
)
def scatter_update(inputs: Tensor, indices: Tensor, updates: Tensor, reduction: str | None = None) -> Tensor:
    """A tensor with other entries at some places.

    Args:
        inputs: A tensor of any dtype.
        indices: The places, of an integer dtype and shape `(..., k)`: the last axis indexes the first `k` axes of
            `inputs`, negative indices from the end.
        updates: The entries, which broadcast to shape `(..., *inputs.shape[k:])` and are cast to the dtype of `inputs`.
        reduction: How an entry meets the one that is there: `None` replaces it, `"add"`, `"mul"`, `"max"` and `"min"`
            combine both. With `None`, of several entries for one place any may win.

    Returns:
        A tensor like `inputs`, which is left as it is.

    Raises:
        ArgumentError: There is no such reduction.
        DTypeError: `indices` has no integer dtype, or complex numbers are put in order.
        IndexRangeError: An index points at no entry. Inside compiled steps, where indices have no values yet, what
            would go there is left out.
        ShapeError: The shapes do not fit.

    ```python
    >>> scatter_update([1, 2, 3], [[0], [2]], [7, 8]).tolist()
    [7, 2, 8]

    ```
    """
