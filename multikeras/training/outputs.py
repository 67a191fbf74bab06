"""Where the outputs of a prediction are put: joined in memory, or written into arrays that are there already."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.errors import ArgumentError, DTypeError, ShapeError, StructureError
from multikeras.graph.operation import flatten, map_structure


class Parts:
    """The outputs of batches, joined along the first axis."""

    def __init__(self) -> None:
        self._structure: Any = None
        self._columns: list[list[np.ndarray]] = []

    def add(self, outputs: Any) -> None:
        """Keep the outputs of a batch."""
        # Most models have one output, which needs no walk.
        leaves = [outputs] if type(outputs) is np.ndarray else flatten(outputs)
        if not self._columns:
            self._structure = outputs
            self._columns = [[] for _ in leaves]
        for column, leaf in zip(self._columns, leaves, strict=True):
            column.append(leaf)

    def joined(self) -> Any:
        """All outputs, nested like those of a batch."""
        made = iter([np.concatenate(column) for column in self._columns])
        return map_structure(lambda _: next(made), self._structure)


class Filled:
    """Arrays of the user's, such as memory maps, that the outputs are written into, batch after batch.

    Args:
        out: An array, or arrays nested like the outputs, with a row for each sample.

    Raises:
        ArgumentError: Something in it is no array.
    """

    def __init__(self, out: Any) -> None:
        self._out = out
        self._arrays = flatten(out)
        for array in self._arrays:
            if not isinstance(array, np.ndarray):
                raise ArgumentError(
                    "`out` is made of NumPy arrays, nested like the outputs.",
                    received=type(array).__name__,
                    hint="np.lib.format.open_memmap('out.npy', 'w+', 'float32', (samples, units))",
                )
        self._filled = 0

    def add(self, outputs: Any) -> None:
        """Write the outputs of a batch.

        Raises:
            StructureError: `out` is nested in another way.
            ShapeError: It has other sizes, or too few rows.
            DTypeError: It holds less than the outputs.
        """
        leaves = flatten(outputs)
        if len(leaves) != len(self._arrays):
            raise StructureError(
                "`out` has an array for each output.", received=f"{len(self._arrays)} for {len(leaves)} outputs"
            )
        end = self._filled + len(leaves[0])
        for array, leaf in zip(self._arrays, leaves, strict=True):
            if array.shape[1:] != leaf.shape[1:] or len(array) < end:
                raise ShapeError(
                    "`out` has a row for each sample, of the shape of an output.",
                    received=f"out of shape {array.shape} for outputs of shape {leaf.shape} from row {self._filled} on",
                )
            if not np.can_cast(leaf.dtype, array.dtype, "same_kind"):
                raise DTypeError("`out` holds the outputs.", received=f"{array.dtype} for outputs of {leaf.dtype}")
            array[self._filled : end] = leaf
        self._filled = end

    def joined(self) -> Any:
        """The arrays, filled.

        Raises:
            ShapeError: There were fewer samples than rows.
        """
        for array in self._arrays:
            if len(array) != self._filled:
                raise ShapeError(
                    "`out` has a row for each sample.", received=f"{len(array)} rows, {self._filled} samples"
                )
        return self._out
