"""Arrays of data, as they are held while batches are taken from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.backend.select import current
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, MixedBackendsError, ShapeError, StructureError
from multikeras.graph.operation import flatten, map_structure
from multikeras.training.sources.readers import opened
from multikeras.training.sources.sparse import SparseRows
from multikeras.training.sources.tabular import Table
from multikeras.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight


def prepare_array(leaf: Any) -> Any:
    """One array of the data: host floats in floatx; native tensors as they are.

    Raises:
        MixedBackendsError: A tensor of another backend than the current one.
    """
    from multikeras.ops._owners import owner_of
    from multikeras.ops._values import host_array

    if leaf is None:
        return None
    if type(leaf) is not np.ndarray:
        found = opened(leaf)
        if isinstance(found, SparseRows):
            return found
        if isinstance(found, Table):
            leaf = found.matrix()
    backend = current()
    owner = owner_of(type(leaf))
    if owner is backend:
        return leaf
    if owner is not None:
        raise MixedBackendsError(
            f"The data of a model of {backend.name} is made of its tensors, or of NumPy arrays.",
            received=f"a tensor of {owner.name}",
            hint="multikeras.ops.convert_to_numpy(x)",
        )
    array = host_array(leaf)
    if array.ndim == 0:
        raise ShapeError("Data has a first axis, that of the samples.", received="a scalar")
    if array.dtype.kind == "f":
        return array.astype(lattice.numpy_dtype(lattice.strong("float")), copy=False)
    if array.dtype.kind in "USO":
        raise StructureError("The data of a model is made of numbers.", received=f"dtype {array.dtype}")
    return array


def same_length(parts: tuple[Any, ...]) -> int:
    """The number of samples, which all arrays have.

    Raises:
        ArgumentError: There is no array.
        ShapeError: There are several numbers.
    """
    sizes = {}
    for name, part in zip(("x", "y", "sample_weight"), parts, strict=True):
        for leaf in flatten(part):
            if leaf is not None:
                sizes.setdefault(int(leaf.shape[0]), name)
    if not sizes:
        raise ArgumentError("There is data to go through.", received="no array")
    if len(sizes) > 1:
        raise ShapeError(
            "All arrays have one number of samples.",
            received=", ".join(f"{name} with {size}" for size, name in sizes.items()),
            hint="x.shape[0] == y.shape[0]",
        )
    return next(iter(sizes))


def prepare_parts(x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """The three parts of data with all their arrays prepared; weights of a series have no second axis."""

    def weight(leaf: Any) -> Any:
        array = prepare_array(leaf)
        if array is leaf or leaf is None or len(array.shape) != 2 or array.shape[1] != 1:
            return array
        return array[:, 0] if isinstance(opened(leaf), Table) else array

    return (*(map_structure(prepare_array, part) for part in (x, y)), map_structure(weight, sample_weight))


def prepare_batch(batch: Any, by_column: Any = None) -> Any:
    """A batch as a step gets it.

    Args:
        batch: `x`, or a tuple or a list of `x`, `y` and `sample_weight`.
        by_column: What takes frames apart for a model, a function of `x` and `y`.

    Raises:
        MixedBackendsError: It has a tensor of another backend.
        ShapeError: Its parts differ in length.
        StructureError: It is none of these.
    """
    x, y, sample_weight = unpack_x_y_sample_weight(batch)
    if by_column is not None:
        x, y = by_column(x, y)
    parts = prepare_parts(x, y, sample_weight)
    same_length(parts)
    return pack_x_y_sample_weight(*parts)
