"""Data in columns: whole as a matrix, or column by column for inputs that have their names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from multikeras.errors import ArgumentError, StructureError

_NUMBERS = frozenset("biufc")


@dataclasses.dataclass(frozen=True)
class Table:
    """A frame or a series of any library.

    Args:
        names: The names of its columns.
        column: A column by position, as an array whose first axis is that of the rows.
        whole: All columns as one array, or `None` where that has to be put together.
        single: Whether it is one column by itself, a series.
    """

    names: list[Any]
    column: Callable[[int], np.ndarray]
    whole: Callable[[], np.ndarray] | None = None
    single: bool = False

    def matrix(self) -> np.ndarray:
        """Shape (rows, columns), of the columns' common dtype; of a series one column.

        Raises:
            StructureError: A column is no numbers, or there is none.
        """
        if not self.names:
            raise StructureError("A frame has columns.", received="a frame without any")
        if self.whole is not None:
            array = self.whole()
            if array.dtype.kind in _NUMBERS:
                return array.reshape(array.shape[0], -1)
        columns = [self._numbers(i) for i in range(len(self.names))]
        return np.column_stack(columns)

    def by_name(self, names: list[str], what: str) -> dict[str, np.ndarray]:
        """Columns of shape (rows, 1), or (rows, entries) of a column of vectors, by name.

        Raises:
            ArgumentError: A name is missing.
            StructureError: A column is no numbers.
        """
        places = {str(name): i for i, name in enumerate(self.names)}
        missing = [name for name in names if name not in places]
        if missing:
            raise ArgumentError(
                f"The frame has a column for each {what} of the model: {', '.join(map(repr, names))}.",
                received=f"no column {', '.join(map(repr, missing))}; columns {', '.join(map(repr, places))}",
                hint=f"add the column {missing[0]!r}",
            )
        found = {name: self._numbers(places[name]) for name in names}
        return {name: a.reshape(a.shape[0], 1) if a.ndim == 1 else a for name, a in found.items()}

    def _numbers(self, position: int) -> np.ndarray:
        array = self.column(position)
        if array.dtype.kind not in _NUMBERS:
            raise StructureError(
                "The columns of a frame are made of numbers.",
                received=f"column {self.names[position]!r} of dtype {array.dtype}",
                hint="leave it out, or write its values as numbers",
            )
        return array
