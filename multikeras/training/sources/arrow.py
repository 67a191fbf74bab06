"""Tables, record batches and columns of Arrow."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.training.sources.tabular import Table


def read_arrow(x: Any) -> Table | None:
    """A table, a record batch or a column as a table; `None` of anything else that Arrow has."""
    if hasattr(x, "schema") and hasattr(x, "column") and hasattr(x, "num_rows"):
        return Table(list(x.schema.names), lambda i: _column(x.column(i)))
    if hasattr(x, "to_numpy") and hasattr(x, "type") and hasattr(x, "null_count"):
        return Table(["values"], lambda _: _column(x), single=True)
    return None


def _column(x: Any) -> np.ndarray:
    """A column as an array, what is missing as nan; of vectors of one length with a second axis."""
    length = getattr(x.type, "list_size", None)
    if length is None or x.null_count:
        return x.to_numpy(zero_copy_only=False)
    parts = x.chunks if hasattr(x, "chunks") else [x]
    vectors = [part.flatten().to_numpy(zero_copy_only=False).reshape(-1, length) for part in parts]
    return np.concatenate(vectors) if vectors else np.zeros((0, length))
