"""Frames and series of pandas and polars."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras.training.sources.tabular import Table


def read_frame(x: Any) -> Table | None:
    """A frame or a series as a table; `None` of anything else that the libraries have."""
    if hasattr(x, "collect") and hasattr(x, "collect_schema") and not hasattr(x, "to_numpy"):
        # A query that has not run yet.
        x = x.collect()
    if not hasattr(x, "to_numpy"):
        return None
    if hasattr(x, "iloc"):
        if not hasattr(x, "columns"):
            return Table([x.name], lambda _: _series(x), single=True)
        return Table(list(x.columns), lambda i: _series(x.iloc[:, i]), x.to_numpy)
    if hasattr(x, "columns"):
        return Table(list(x.columns), lambda i: _series(x.to_series(i)), x.to_numpy)
    if hasattr(x, "to_frame"):
        return Table([x.name], lambda _: _series(x), single=True)
    return None


def _series(x: Any) -> np.ndarray:
    """A column as an array, what is missing as nan."""
    array = x.to_numpy()
    if array.dtype.kind == "O" and hasattr(x, "isna"):
        try:
            return x.to_numpy(dtype="float64", na_value=np.nan)
        except (TypeError, ValueError):
            return array
    return array
