"""Indices: which are in range, and what a key between brackets selects. The rule is in docs/design/indices.md."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from multikeras.backend.spec import Shape, Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.ops._owners import HOST_TYPES, owner_of
from multikeras.ops._rules import broadcast_shapes, canonical_axis
from multikeras.ops._values import argument_spec
from multikeras.state.variable import Variable


def require_indices(name: str, spec: Spec, op: str) -> None:
    """Raise `DTypeError` unless a tensor of indices is of an integer dtype."""
    if not lattice.is_integer(spec.dtype):
        raise DTypeError(
            f"ops.{op} takes `{name}` of an integer dtype.",
            received=f"{name}={spec}",
            hint=f"ops.cast({name}, 'int32')",
        )


def outside(index: int, size: int, axis: int) -> IndexRangeError:
    """The error for an index that points at no entry."""
    return IndexRangeError(
        f"An index into an axis of {size} entries lies from {-size} to {size - 1}.",
        received=f"index {index}, axis {axis}",
    )


# Of so many the extremes are found sooner than the entries out of range.
_MANY = 4096


def within_from_0(array: np.ndarray, size: int) -> bool:
    """Whether all indices, of which there are some, are in range and none is negative.

    Nothing is written, which takes longer than to look.
    """
    # Negative numbers are large ones of the dtype without a sign.
    return bool(array.view(f"u{array.dtype.itemsize}").max() < size)


def _within(array: np.ndarray, size: int) -> bool:
    return within_from_0(array, size) or bool(array.min() >= -size and array.max() < size)


def check_range(indices: Any, size: int, axis: int) -> None:
    """Raise `IndexRangeError` unless host indices point at entries of an axis of `size`, negative ones from its end."""
    array = np.asarray(indices)
    if array.size > _MANY and array.dtype.kind in "iu" and _within(array, size):
        return
    wrong = (array < -size) | (array >= size)
    if wrong.any():
        raise outside(int(array[wrong][0] if array.ndim else array), size, axis)


def as_key(key: Any) -> tuple[Any, ...]:
    """What stands between brackets as a tuple, variables as their values."""
    entries = key if isinstance(key, tuple) else (key,)
    return tuple(entry.value if isinstance(entry, Variable) else entry for entry in entries)


def _entry_spec(entry: Any) -> Spec | None:
    """The spec of an entry that holds indices or a mask; `None` for the rest."""
    if isinstance(entry, (list, KerasTensor, *HOST_TYPES)) or owner_of(type(entry)) is not None:
        return argument_spec(entry, None)
    return None


def _slice_size(entry: builtins.slice, size: int | None) -> int | None:
    bounds = []
    for bound in (entry.start, entry.stop, entry.step):
        try:
            bounds.append(None if bound is None else bound.__index__())
        except (AttributeError, TypeError):
            if isinstance(bound, (float, str)):
                raise ArgumentError("A slice has integer bounds.", received=repr(entry)) from None
            size = None
            bounds.append(None)
    if bounds[2] == 0:
        raise ArgumentError("The step of a slice is not 0.", received=repr(entry))
    return None if size is None else len(range(*builtins.slice(*bounds).indices(size)))


def selected_shape(shape: Shape, key: Any) -> Shape:
    """The shape of `x[key]` for a tensor `x` of a shape, by NumPy's rules.

    Raises:
        ArgumentError: The key has an entry of another kind than integers, slices, `...`, `None`, tensors of integers
            and masks.
        IndexRangeError: An integer points at no entry.
        ShapeError: There are more entries than axes, or a mask or tensors of indices do not fit.
    """
    entries = as_key(key)
    specs = [_entry_spec(entry) for entry in entries]
    taken = 0
    for entry, spec in zip(entries, specs, strict=True):
        if spec is not None and spec.dtype == "bool":
            taken += len(spec.shape)
        elif entry is not None and entry is not Ellipsis:
            taken += 1
    if taken > len(shape):
        raise ShapeError("There are at most as many indices as axes.", received=f"{taken} indices, shape {shape}")
    if sum(entry is Ellipsis for entry in entries) > 1:
        raise ArgumentError("A key has at most one `...`.", received=repr(key))
    if not any(entry is Ellipsis for entry in entries):
        entries, specs = (*entries, Ellipsis), [*specs, None]
    advanced = any(spec is not None and spec.shape != () for spec in specs)
    result: list[int | None] = []
    indexed: list[Shape] = []
    # Where the axes of the index tensors stand in the result: in the place of the first if all are neighbours.
    place, apart, last = None, False, None
    axis = 0
    for number, (entry, spec) in enumerate(zip(entries, specs, strict=True)):
        if entry is None:
            result.append(1)
        elif entry is Ellipsis:
            rest = len(shape) - taken
            result += shape[axis : axis + rest]
            axis += rest
        elif isinstance(entry, builtins.slice):
            result.append(_slice_size(entry, shape[axis]))
            axis += 1
        else:
            own, used = _index_shape(entry, spec, shape, axis)
            axis += used
            if advanced:
                indexed.append(own)
                apart = apart or (last is not None and number != last + 1)
                place, last = len(result) if place is None else place, number
    if not advanced:
        return tuple(result)
    block = broadcast_shapes(*indexed)
    at = 0 if apart or place is None else place
    return (*result[:at], *block, *result[at:])


def _index_shape(entry: Any, spec: Spec | None, shape: Shape, axis: int) -> tuple[Shape, int]:
    """The shape of one integer or tensor of a key, and how many axes it takes."""
    size = shape[axis] if axis < len(shape) else None
    if spec is None:
        if isinstance(entry, bool) or not hasattr(entry, "__index__"):
            raise ArgumentError(
                "A key is made of integers, slices, `...`, None and tensors of integers or bools.", received=repr(entry)
            )
        index = entry.__index__()
        if size is not None and not -size <= index < size:
            raise outside(index, size, axis)
        return (), 1
    if spec.dtype == "bool":
        if spec.shape == ():
            raise ArgumentError("A mask has an axis.", received="a scalar bool")
        for i, (wanted, own) in enumerate(zip(shape[axis : axis + len(spec.shape)], spec.shape, strict=True)):
            if own is not None and wanted is not None and own != wanted:
                raise ShapeError(
                    "A mask has the sizes of the axes that it selects from.", f"{spec} for axis {axis + i}"
                )
        count = int(np.count_nonzero(entry)) if isinstance(entry, (list, np.ndarray)) else None
        return (count,), len(spec.shape)
    if not lattice.is_integer(spec.dtype) and 0 not in spec.shape:
        raise DTypeError("Indices are integers.", received=str(spec), hint="ops.cast(indices, 'int32')")
    if isinstance(entry, (list, *HOST_TYPES)) and size is not None:
        check_range(entry, size, axis)
    return spec.shape, 1


def explain_key(x: Any, key: Any) -> None:
    """Raise the error for a key with a value out of range."""
    from multikeras.ops.conversion import convert_to_numpy

    entries = as_key(key)
    selected_shape(tuple(x.shape), tuple(e if _entry_spec(e) is None else convert_to_numpy(e) for e in entries))


def explain_axis(x: np.ndarray, indices: np.ndarray, axis: int | None = None) -> None:
    """Raise the error for indices into an axis, by default into all entries, with a value out of range."""
    position = 0 if axis is None else canonical_axis(axis, x.ndim)
    check_range(indices, x.size if axis is None else x.shape[position], position)
