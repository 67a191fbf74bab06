"""Batches as tuples: `x`, `(x, y)` or `(x, y, sample_weight)`."""

from __future__ import annotations

from typing import Any

from multikeras.errors import StructureError


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """A batch as `(x, y, sample_weight)`, `None` for what it lacks.

    Raises:
        StructureError: A tuple with more than three parts.

    ```python
    >>> unpack_x_y_sample_weight((1, 2))
    (1, 2, None)

    ```
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise StructureError(
            "A batch is x, (x, y) or (x, y, sample_weight).", received=f"a tuple of {len(data)}", hint="(x, y)"
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """A batch as a step gets it: the shortest tuple that holds it, and one input by itself where it is no tuple.

    ```python
    >>> pack_x_y_sample_weight(1, 2)
    (1, 2)

    ```
    """
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
