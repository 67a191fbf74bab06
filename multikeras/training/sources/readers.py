"""The table of libraries whose data is read as arrays, by the package that a type comes from.

None of them is imported here: who hands over such data has imported it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multikeras.training.sources.arrow import read_arrow
from multikeras.training.sources.frames import read_frame
from multikeras.training.sources.sparse import SparseRows, read_sparse
from multikeras.training.sources.tabular import Table

READERS: dict[str, Callable[[Any], Table | SparseRows | None]] = {
    "pandas": read_frame,
    "polars": read_frame,
    "pyarrow": read_arrow,
    "scipy": read_sparse,
}


def read_known(x: Any) -> Table | SparseRows | None:
    """The data of a library in the table above; `None` of everything else."""
    for kind in type(x).__mro__:
        reader = READERS.get(kind.__module__.partition(".")[0])
        if reader is not None:
            return reader(x)
    return None


def opened(x: Any) -> Any:
    """`x` as it is read, where a library of the table above made it; else as it is."""
    found = read_known(x)
    return x if found is None else found


def by_column(model: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Frames as dicts of columns, where a model takes its inputs, or gives its outputs, by name.

    That is a graph model with a dict of inputs or of outputs, or with several inputs.

    Raises:
        ArgumentError: A column is missing.
    """
    graph = getattr(model, "_function", None)
    if graph is None:
        return x, y
    found = opened(x)
    if isinstance(found, Table) and not found.single:
        if isinstance(graph.input, dict):
            x = found.by_name([str(name) for name in graph.input], "input")
        elif len(graph.inputs) > 1:
            x = found.by_name(model._input_names, "input")
    found = opened(y)
    if isinstance(found, Table) and not found.single and isinstance(graph.output, dict):
        y = found.by_name([str(name) for name in graph.output], "output")
    return x, y
