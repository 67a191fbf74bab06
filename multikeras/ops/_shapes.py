"""Shape arguments of ops: reading them, and the results of reshaping."""

from __future__ import annotations

from typing import Any

from multikeras.backend.spec import Shape
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops._rules import size_of

_FRACTIONS = lattice.FLOATS | lattice.COMPLEX


def read_size(entry: Any) -> int | None:
    """One entry of a shape argument; `None` for sizes that only a compiled step will know.

    Raises:
        ArgumentError: It is no integer, and will not be one.
    """
    if entry is None:
        return None
    try:
        return entry.__index__()
    except (AttributeError, TypeError):
        dtype = getattr(entry, "dtype", None)
        if dtype is None or lattice.standardize(dtype) in _FRACTIONS:
            raise ArgumentError("A size is an integer.", received=repr(entry)) from None
        return None


def read_shape(shape: Any, what: str = "shape") -> Shape:
    """A shape argument: an integer, or a sequence of them. Sizes that are not known yet become `None`.

    Args:
        shape: The argument.
        what: Its name.

    Raises:
        ArgumentError: It is no shape.
        ShapeError: A size is negative.
    """
    if isinstance(shape, str) or shape is None:
        raise ArgumentError(f"`{what}` is a tuple of sizes.", received=repr(shape), hint=f"{what}=(2, 3)")
    if hasattr(shape, "__index__") and not hasattr(shape, "__len__"):
        shape = (shape,)
    try:
        entries = tuple(shape)
    except TypeError:
        # One tensor of unknown values: as many sizes as it has entries, or a single size.
        own = tuple(getattr(shape, "shape", ()))
        if len(own) == 1 and own[0] is not None:
            return (None,) * own[0]
        return (None,)
    if any(isinstance(entry, (float, str)) for entry in entries):
        raise ArgumentError(f"`{what}` is a tuple of sizes.", received=repr(shape), hint=f"{what}=(2, 3)")
    sizes = tuple(read_size(entry) for entry in entries)
    if any(size is not None and size < 0 for size in sizes):
        raise ShapeError("Sizes are integers from 0 on.", received=f"{what}={entries}")
    return sizes


def broadcasts_to(shape: Shape, target: Shape) -> bool:
    """Whether a tensor of a shape broadcasts to a shape; unknown sizes are taken to fit."""
    first = len(target) - len(shape)
    return first >= 0 and all(
        own is None or wanted is None or own == 1 or own == wanted
        for own, wanted in zip(shape, target[first:], strict=True)
    )


def reshaped(shape: Shape, newshape: Any) -> Shape:
    """The shape of `shape` reshaped to `newshape`, one entry of which may be -1.

    Raises:
        ArgumentError: `newshape` is no shape.
        ShapeError: The number of entries would change.
    """
    if isinstance(newshape, (list, tuple)):
        marked = tuple(newshape)
    elif hasattr(newshape, "__index__") and not hasattr(newshape, "__len__"):
        marked = (newshape,)
    else:
        try:
            marked = tuple(newshape)
        except TypeError:
            return read_shape(newshape, "newshape")
    wanted = [read_size(entry) for entry in marked]
    open_axes = [i for i, size in enumerate(wanted) if size == -1]
    if len(open_axes) > 1:
        raise ShapeError("At most one size of a new shape is -1.", received=f"newshape={marked}")
    rest = read_shape([size for size in wanted if size != -1], "newshape")
    total, known = size_of(shape), size_of(rest)
    if open_axes:
        i = open_axes[0]
        if total is None or known is None:
            wanted[i] = None
        elif known == 0 or total % known:
            raise _changed(shape, marked)
        else:
            wanted[i] = total // known
    elif total is not None and known is not None and total != known:
        raise _changed(shape, marked)
    return tuple(wanted)


def _changed(shape: Shape, newshape: Any) -> ShapeError:
    return ShapeError(
        "Reshaping keeps the number of entries.", received=f"shape {shape} to {tuple(newshape)}", hint="-1 for one size"
    )


def known_newshape(newshape: Any) -> tuple[Any, ...]:
    """`newshape` with a single `None`, from a symbolic `ops.shape`, made -1.

    Raises:
        ShapeError: More than one size is unknown.
    """
    entries = tuple(newshape) if isinstance(newshape, (list, tuple)) else (newshape,)
    if sum(entry is None or (isinstance(entry, int) and entry == -1) for entry in entries) > 1:
        raise ShapeError("At most one size of a new shape is unknown.", received=f"newshape={entries}")
    return tuple(-1 if entry is None else entry for entry in entries)
